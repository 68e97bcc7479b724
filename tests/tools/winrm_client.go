// winrm_client.go - masterzen/winrm (what Packer and Terraform use) against the simulated WinRM server: what others wrote
// for Windows gets along with it. Built with Debian's golang-github-masterzen-winrm-dev, without any network.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/ioutil"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"

	"github.com/masterzen/winrm"
	"github.com/masterzen/winrm/soap"
)

type settings struct {
	Address, CA, User, Password, Probe, Garbage, Simhost, Fleet string
	Port                                                        int
}

const probe = "powershell.exe -NoProfile -NonInteractive -EncodedCommand AAAA"

var (
	s   settings
	bad int
)

func report(text string, good bool, why ...interface{}) {
	if good {
		fmt.Println("ok - " + text)
		return
	}
	bad++
	fmt.Println("not ok - " + text)
	fmt.Printf("%q\n", why)
}

func need(err error) {
	if err != nil {
		fmt.Println("not ok -", err)
		os.Exit(1)
	}
}

func state(changes ...string) {
	arguments := append([]string{"--set", s.Fleet + "/hosts/web01.json"}, changes...)
	need(exec.Command(s.Simhost, arguments...).Run())
}

// Counts the answers that say that the time is over; the client itself asks on without a word.
type counting struct {
	winrm.Transporter
	timeouts int32
}

func (c *counting) Post(client *winrm.Client, request *soap.SoapMessage) (string, error) {
	answer, err := c.Transporter.Post(client, request)
	if strings.Contains(answer, `Code="2150858793"`) {
		atomic.AddInt32(&c.timeouts, 1)
	}
	return answer, err
}

func connect(password string, transport *counting) *winrm.Client {
	ca, err := ioutil.ReadFile(s.CA)
	need(err)
	endpoint := winrm.NewEndpoint(s.Address, s.Port, true, false, ca, nil, nil, 20*time.Second)
	parameters := winrm.NewParameters("PT1S", "en-US", 153600)
	if transport != nil {
		transport.Transporter = winrm.NewClientWithDial(nil)
		parameters.TransportDecorator = func() winrm.Transporter { return transport }
	}
	client, err := winrm.NewClientWithParameters(endpoint, s.User, password, parameters)
	need(err)
	return client
}

func call(client *winrm.Client) (string, int) {
	input, err := ioutil.ReadFile(s.Probe)
	need(err)
	var out, errors bytes.Buffer
	code, err := client.RunWithInput(probe, &out, &errors, bytes.NewReader(input))
	need(err)
	return out.String(), code
}

func silent() {
	counter := &counting{}
	client := connect(s.Password, counter)
	state("faults.all=hang")
	shell, err := client.CreateShell()
	need(err)
	command, err := shell.Execute(probe)
	need(err)
	for end := time.Now().Add(20 * time.Second); atomic.LoadInt32(&counter.timeouts) < 2 && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	report("a silent command times out, and again", atomic.LoadInt32(&counter.timeouts) >= 2)
	report("it can be ended", command.Close() == nil)
	state("faults.all=")
	report("and its shell", shell.Close() == nil)
}

func main() {
	need(json.Unmarshal([]byte(os.Getenv("WINRM")), &s))
	client := connect(s.Password, nil)
	out, errors, code, err := client.RunWithString("ipconfig /all", "")
	report("a command: its output, errors and exit code", err == nil && out == "" && code == 1 &&
		strings.Contains(errors, "'ipconfig /all'"), out, errors, code, err)
	out, code = call(client)
	report("a command with input", code == 0 && strings.HasPrefix(strings.TrimSpace(out), "<<<answer"), out, code)
	state("faults.fact.os=long", "faults.fact.machine=long", "faults.fact.tls=long", "faults.fact.clock=long")
	out, code = call(client)
	report("a megabyte of output", code == 0 && len(out) > 1000000 && strings.HasSuffix(strings.TrimSpace(out), ">>>"), len(out))
	state("faults.fact={}", "faults.all=garbage")
	out, _ = call(client)
	garbage, err := ioutil.ReadFile(s.Garbage)
	need(err)
	report("of any bytes", out == string(garbage))
	silent()
	_, err = connect("another", nil).CreateShell()
	report("a wrong password", err != nil)
	if bad > 0 {
		os.Exit(1)
	}
}
