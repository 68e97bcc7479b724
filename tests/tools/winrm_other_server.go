// winrm_other_server.go - a WinRM server that others wrote, dylanmei/winrmtest, for our client: it finds in our messages what
// it looks for, or says that it does not know them. What it lacks this program puts before it: TLS, a password, input for a
// command (Send), and in its short answers what MS-WSMV has there and our client wants: a body, an action, the message
// that it relates to, the element that an id stands in, a UUID for a shell, and of which command a state is. Built with
// Debian's golang-github-dylanmei-winrmtest-dev, without any network.
//
//	winrm_other_server CERTIFICATE KEY USER PASSWORD    prints its port, then serves until it is ended
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"io/ioutil"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"

	"github.com/dylanmei/winrmtest"
)

const frame = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" ` +
	`xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" ` +
	`xmlns:rsp="http://schemas.microsoft.com/wbem/wsman/1/windows/shell"><s:Header><a:Action>%sResponse</a:Action>` +
	`<a:RelatesTo>%s</a:RelatesTo></s:Header><s:Body>%s</s:Body></s:Envelope>`

const shell = "00000000-0000-0000-0000-000000000123"

// Where a shell is from then on.
const created = `<t:ResourceCreated xmlns:t="http://schemas.xmlsoap.org/ws/2004/09/transfer" ` +
	`xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"><a:ReferenceParameters><w:SelectorSet>` +
	`<w:Selector Name="ShellId">` + shell + `</w:Selector></w:SelectorSet></a:ReferenceParameters></t:ResourceCreated>`

// What its answers stand in.
var in = map[string]string{"transfer/Create": "Shell", "shell/Command": "CommandResponse", "shell/Signal": "SignalResponse"}

var (
	lock  sync.Mutex
	input bytes.Buffer
)

func need(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type envelope struct {
	Action    string   `xml:"Header>Action"`
	MessageID string   `xml:"Header>MessageID"`
	Streams   []string `xml:"Body>Send>Stream"`
	Desired   struct {
		Command string `xml:"CommandId,attr"`
	} `xml:"Body>Receive>DesiredStream"`
}

// What a command reads.
func take(e envelope) {
	lock.Lock()
	defer lock.Unlock()
	for _, text := range e.Streams {
		data, err := base64.StdEncoding.DecodeString(text)
		need(err)
		input.Write(data)
	}
}

// The bootstrap: answers by the nonce of the request, its second line.
func answer(out, _ io.Writer) int {
	lock.Lock()
	defer lock.Unlock()
	var request struct{ Nonce string }
	lines := strings.Split(input.String(), "\n")
	data, err := base64.StdEncoding.DecodeString(lines[1])
	need(err)
	need(json.Unmarshal(data, &request))
	input.Reset()
	fmt.Fprintf(out, "\n<<<answer %s begin>>>\r\n{\"a\": 1}\r\n<<<answer %s end>>>\n", request.Nonce, request.Nonce)
	return 0
}

// What winrmtest says stands right below an envelope of its own.
func inside(said string) string {
	from, to := strings.Index(said, ">\n"), strings.Index(said, "</env:Envelope>")
	if from < 0 || to < 0 {
		return ""
	}
	return said[from+1 : to]
}

type handler struct{ others, user, password string }

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var e envelope
	user, password, _ := r.BasicAuth()
	if user != h.user || password != h.password {
		w.Header().Set("WWW-Authenticate", `Basic realm="WSMAN"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	body, err := ioutil.ReadAll(r.Body)
	need(err)
	need(xml.Unmarshal(body, &e))
	w.Header().Set("Content-Type", "application/soap+xml;charset=UTF-8")
	if strings.HasSuffix(e.Action, "shell/Send") {
		take(e)
		fmt.Fprintf(w, frame, e.Action, e.MessageID, "<rsp:SendResponse/>")
		return
	}
	answer, err := http.Post(h.others, "application/soap+xml", bytes.NewReader(body))
	need(err)
	said, err := ioutil.ReadAll(answer.Body)
	need(err)
	w.WriteHeader(answer.StatusCode)
	text := strings.Replace(inside(string(said)), ">123<", ">"+shell+"<", 1)
	text = strings.Replace(text, "<rsp:CommandState ", `<rsp:CommandState CommandId="`+e.Desired.Command+`" `, 1)
	for action, name := range in {
		if strings.HasSuffix(e.Action, action) {
			text = "<rsp:" + name + ">" + text + "</rsp:" + name + ">"
		}
	}
	if strings.HasSuffix(e.Action, "transfer/Create") {
		text = created + text
	}
	fmt.Fprintf(w, frame, e.Action, e.MessageID, text)
}

func main() {
	remote := winrmtest.NewRemote()
	remote.CommandFunc(winrmtest.MatchPattern("powershell"), answer)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	need(err)
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	others := fmt.Sprintf("http://%s:%d/wsman", remote.Host, remote.Port)
	need(http.ServeTLS(listener, &handler{others, os.Args[3], os.Args[4]}, os.Args[1], os.Args[2]))
}
