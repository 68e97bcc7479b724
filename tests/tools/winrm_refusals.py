#!/usr/bin/env python3
# winrm_refusals.py - requests with one mistake each, and the refusal that MS-WSMV, DSP0226 or SOAP 1.2 name for it
# (tests/fleet/wsman/faults.h says where). Before each its good form must be taken, else nothing is shown.
import re

import winrm_wire as w

wire = w.Wire()
shell = wire.post(w.create()).shell()
command_id = wire.post(w.command(shell, "powershell.exe", ["-EncodedCommand", "AAAA"])).command()
NOBODY = "11111111-2222-4333-8444-555555555555"

# the good request that a row changes
GOOD = {
    "Create": lambda: w.create(), "Delete": lambda: w.delete(shell),
    "Command": lambda: w.command(shell, "powershell.exe"), "Send": lambda: w.send(shell, command_id, b"x"),
    "Receive": lambda: w.receive(shell, command_id), "Signal": lambda: w.signal(shell, command_id),
}


def without(name):
    """The header of that name goes."""
    return lambda text: re.sub(r"<(wsa|wsman):%s\b.*?(</\1:%s>|/>)" % (name, name), "", text, count=1, flags=re.S)


def swap(old, new):
    def change(text):
        if old not in text:
            raise ValueError("no '%s' to change" % old)
        return text.replace(old, new, 1)
    return change


def inside(name, value):
    """The header of that name has another text."""
    return lambda text: re.sub(r"(<[a-z]+:%s\b[^>]*>)[^<]*" % name, lambda m: m.group(1) + value, text, count=1)


def add_header(xml):
    return swap("</s:Header>", xml + "</s:Header>")


def add_option(xml):
    return swap("</wsman:OptionSet>", xml + "</wsman:OptionSet>")


def option_set(xml):
    return add_header('<wsman:OptionSet><wsman:Option Name="%s">TRUE</wsman:Option></wsman:OptionSet>' % xml)


def body(xml):
    return lambda text: re.sub(r"<s:Body>.*</s:Body>", lambda m: "<s:Body>%s</s:Body>" % xml, text, flags=re.S)


SENDER = "s:Sender"
ROWS = [
    # name, the good request, its mistake, status, subcode, code
    ("no XML", "Create", swap("</s:Envelope>", ""), 500, "w:SchemaValidationError", 0x80338043),
    ("nothing at all", "Create", lambda text: "", 500, "w:SchemaValidationError", 0x80338043),
    ("a DTD", "Create", lambda text: '<!DOCTYPE x [<!ENTITY e "e">]>' + text, 500, "w:SchemaValidationError", 0x80338043),
    ("a processing instruction", "Create", swap("<s:Header>", "<?x y?><s:Header>"), 500, "w:SchemaValidationError", 0x80338043),
    ("SOAP 1.1", "Create", swap(w.SOAP, "http://schemas.xmlsoap.org/soap/envelope/"), 500, "s:VersionMismatch", 0x8033800d),
    ("no envelope", "Create", lambda text: "<a/>", 500, "w:SchemaValidationError", 0x80338041),
    ("no header", "Create", lambda text: re.sub("<s:Header>.*</s:Header>", "", text, flags=re.S), 500,
     "a:MessageInformationHeaderRequired", 0x80338011),
    ("no body", "Create", lambda text: re.sub("<s:Body>.*</s:Body>", "", text, flags=re.S), 500, "w:InvalidBody", 0x80338027),
    ("two elements in the body", "Create", swap("<s:Body>", "<s:Body><rsp:Shell/>"), 500, "w:InvalidBody", 0x80338027),
    ("a header that must be understood", "Create", add_header('<q:Q xmlns:q="urn:q" s:mustUnderstand="true"/>'), 500,
     "s:MustUnderstand", 0x80338010),
    ("mustUnderstand that is no boolean", "Create", swap('mustUnderstand="true"', 'mustUnderstand="yes"'), 500,
     "w:SchemaValidationError", 0x80338041),
    ("no To", "Create", without("To"), 500, "a:MessageInformationHeaderRequired", 0x80338011),
    ("To another service", "Create", inside("To", "https://localhost:5986/other"), 500, "a:DestinationUnreachable", 0x80338012),
    ("To no address", "Create", inside("To", "localhost"), 500, "a:DestinationUnreachable", 0x80338012),
    ("no ReplyTo", "Create", without("ReplyTo"), 500, "a:MessageInformationHeaderRequired", 0x80338011),
    ("ReplyTo an address", "Create", inside("Address", "http://localhost/me"), 500, "w:UnsupportedFeature", 0x80338076),
    ("FaultTo an address", "Create", add_header("<wsa:FaultTo><wsa:Address>http://x/</wsa:Address></wsa:FaultTo>"), 500,
     "w:UnsupportedFeature", 0x80338076),
    ("no Action", "Create", without("Action"), 500, "a:MessageInformationHeaderRequired", 0x80338011),
    ("an unknown action", "Create", inside("Action", w.SHELL + "/Dance"), 500, "a:ActionNotSupported", 0x80338013),
    ("an action of another resource", "Create", inside("Action", w.TRANSFER + "/Put"), 500, "w:ActionMismatch", 0x80338031),
    ("the action of another operation", "Create", inside("Action", w.SHELL + "/Command"), 500, "w:InvalidSelectors", 0x8033805a),
    ("no MessageID", "Create", without("MessageID"), 500, "a:InvalidMessageInformationHeader", 0x8033800f),
    ("an empty MessageID", "Create", inside("MessageID", ""), 500, "a:InvalidMessageInformationHeader", 0x8033800f),
    ("a MessageID that is no uuid", "Create", inside("MessageID", "42"), 500, "a:InvalidMessageInformationHeader", 0x8033800f),
    ("two Actions", "Create", add_header("<wsa:Action>x</wsa:Action>"), 500, "a:InvalidMessageInformationHeader", 0x8033800f),
    ("no ResourceURI", "Create", without("ResourceURI"), 500, "a:DestinationUnreachable", 0x80338000),
    ("another ResourceURI", "Create", inside("ResourceURI", w.SHELL + "/powershell"), 500, "a:DestinationUnreachable", 0x80338000),
    ("an envelope too small", "Create", inside("MaxEnvelopeSize", "8191"), 500, "w:EncodingLimit", 0x8033807e),
    ("an envelope of letters", "Create", inside("MaxEnvelopeSize", "150k"), 500, "w:SchemaValidationError", 0x80338041),
    ("a timeout of seconds", "Create", inside("OperationTimeout", "60"), 500, "a:InvalidMessageInformationHeader", 0x80338081),
    ("a timeout without T", "Create", inside("OperationTimeout", "P60S"), 500, "a:InvalidMessageInformationHeader", 0x80338081),
    ("a timeout of nothing", "Create", inside("OperationTimeout", "PT"), 500, "a:InvalidMessageInformationHeader", 0x80338081),
    ("a timeout before now", "Create", inside("OperationTimeout", "-PT60S"), 500, "a:InvalidMessageInformationHeader", 0x80338081),
    ("a Locale that must be", "Create", swap('s:mustUnderstand="false"', 's:mustUnderstand="true"'), 500,
     "w:UnsupportedFeature", 0x80338087),
    ("a DataLocale that must be", "Create", add_header('<p:DataLocale xmlns:p="%s" s:mustUnderstand="1"/>' % w.MICROSOFT), 500,
     "w:UnsupportedFeature", 0x80338087),
    ("a SequenceId of letters", "Receive", add_header('<p:SequenceId xmlns:p="%s">first</p:SequenceId>' % w.MICROSOFT), 500,
     "w:SchemaValidationError", 0x80338041),
    ("an ActivityId of 3 KB", "Create", add_header('<p:ActivityId xmlns:p="%s">%s</p:ActivityId>' % (w.MICROSOFT, "x" * 3000)), 500,
     "a:InvalidMessageInformationHeader", 0x8033800f),
    ("an option without a name", "Create", add_option("<wsman:Option>TRUE</wsman:Option>"), 500,
     "w:SchemaValidationError", 0x80338041),
    ("an option that is none", "Create", add_option('<wsman:Option Name="WINRS_NO_PROFILE">TRUE</wsman:Option>'), 500,
     "w:InvalidOptions", 0x80338052),
    ("an option of Command", "Create", add_option('<wsman:Option Name="WINRS_SKIP_CMD_SHELL">TRUE</wsman:Option>'), 500,
     "w:InvalidOptions", 0x80338052),
    ("an option twice", "Create", add_option('<wsman:Option Name="WINRS_CODEPAGE">437</wsman:Option>'), 500,
     "w:InvalidOptions", 0x80338052),
    ("an option of a wrong value", "Create", swap(">TRUE<", ">yes<"), 500, "w:InvalidOptions", 0x80338053),
    ("a code page of letters", "Create", swap(">437<", ">utf-8<"), 500, "w:InvalidOptions", 0x80338053),
    ("an option where there are none", "Send", option_set("WINRS_NOPROFILE"), 500, "w:InvalidOptions", 0x80338051),
    ("a selector with Create", "Create", add_header('<wsman:SelectorSet><wsman:Selector Name="ShellId">x</wsman:Selector>'
                                                    "</wsman:SelectorSet>"), 500, "w:InvalidSelectors", 0x8033805b),
    ("no selector", "Command", without("SelectorSet"), 500, "w:InvalidSelectors", 0x8033805a),
    ("a selector of another name", "Command", swap('"ShellId"', '"Id"'), 500, "w:InvalidSelectors", 0x8033805b),
    ("a selector without a name", "Command", swap(' Name="ShellId"', ""), 500, "w:SchemaValidationError", 0x80338041),
    ("a selector twice", "Command", swap("</wsman:SelectorSet>", '<wsman:Selector Name="ShellId">x</wsman:Selector>'
                                         "</wsman:SelectorSet>"), 500, "w:InvalidSelectors", 0x8033805f),
    ("an unknown shell", "Command", inside("Selector", NOBODY), 500, "w:InvalidSelectors", 0x8033805b),
    ("no shell to create", "Create", body(""), 500, "w:InvalidParameter", 87),
    ("an element that a shell has not", "Create", swap("<rsp:InputStreams>", "<rsp:Color>red</rsp:Color><rsp:InputStreams>"), 500,
     "w:InvalidParameter", 87),
    ("a stream that is none", "Create", swap("stdout stderr", "stdout debug"), 500, "w:InvalidParameter", 87),
    ("an idle time of seconds", "Create", swap("<rsp:InputStreams>", "<rsp:IdleTimeOut>600</rsp:IdleTimeOut><rsp:InputStreams>"),
     500, "w:InvalidParameter", 87),
    ("an idle time too short", "Create", swap("<rsp:InputStreams>", "<rsp:IdleTimeOut>PT59S</rsp:IdleTimeOut><rsp:InputStreams>"),
     500, "w:InvalidParameter", 0x803381f2),
    ("an empty command", "Command", swap("powershell.exe", ""), 500, "w:InvalidParameter", 87),
    ("the body of Send for Command", "Command", body('<rsp:Send><rsp:Stream Name="stdin">eA==</rsp:Stream></rsp:Send>'), 500,
     "w:InvalidParameter", 87),
    ("arguments before the command", "Command", swap("<rsp:Command>", "<rsp:Arguments>x</rsp:Arguments><rsp:Command>"), 500,
     "w:InvalidParameter", 87),
    ("something behind the arguments", "Command", swap("</rsp:Command>", "</rsp:Command><rsp:Argument>x</rsp:Argument>"), 500,
     "w:InvalidParameter", 87),
    ("input of no stream", "Send", body("<rsp:Send/>"), 500, "w:InvalidParameter", 87),
    ("input that is no stream", "Send", lambda text: text.replace("rsp:Stream", "rsp:Input"), 500, "w:InvalidParameter", 87),
    ("input for two commands", "Send", swap("</rsp:Send>", '<rsp:Stream Name="stdin" CommandId="%s">eA==</rsp:Stream></rsp:Send>'
     % NOBODY), 500, "w:InvalidParameter", 87),
    ("an end that is no boolean", "Send", swap(' Name="stdin"', ' Name="stdin" End="yes"'), 500, "w:InvalidParameter", 87),
    ("input for no command", "Send", swap(' CommandId="', ' Unit="'), 500, "w:InternalError", 50),
    ("input for an unknown command", "Send", swap(command_id, NOBODY), 500, "w:InvalidParameter", 87),
    ("input to stdout", "Send", swap('"stdin"', '"stdout"'), 500, "w:InvalidParameter", 0x8033818b),
    ("input that is no base64", "Send", swap(">eA==<", ">eA=<"), 500, "w:InvalidParameter", 87),
    ("input after its end", "Send", swap("</rsp:Stream>", '</rsp:Stream><rsp:Stream Name="stdin" CommandId="%s" End="true"/>'
     '<rsp:Stream Name="stdin" CommandId="%s">eA==</rsp:Stream>' % (command_id, command_id)), 500, "w:InternalError", 0x800700e8),
    ("output that is not desired", "Receive", lambda text: text.replace("DesiredStream", "Stream"), 500, "w:InvalidParameter", 87),
    ("output desired twice", "Receive", swap("</rsp:Receive>", '<rsp:DesiredStream CommandId="%s">stdout</rsp:DesiredStream>'
     "</rsp:Receive>" % command_id), 500, "w:InvalidParameter", 87),
    ("output of no command", "Receive", swap(' CommandId="%s"' % command_id, ""), 500, "w:InternalError", 50),
    ("output of an unknown command", "Receive", swap(command_id, NOBODY), 500, "w:InvalidParameter", 87),
    ("output of stdin", "Receive", swap("stdout stderr", "stdin"), 500, "w:InvalidParameter", 0x8033818d),
    ("output of no stream", "Receive", swap("stdout stderr", ""), 500, "w:InvalidParameter", 0x8033818d),
    ("a signal without a code", "Signal", body('<rsp:Signal CommandId="%s"/>' % command_id), 500, "w:InvalidParameter", 87),
    ("a signal for the shell", "Signal", swap(' CommandId="%s"' % command_id, ""), 500, "w:InternalError", 50),
    ("a signal that is none", "Signal", swap("/signal/terminate", "/signal/hup"), 500, "w:InvalidParameter", 87),
    ("a signal for an unknown command", "Signal", swap(command_id, NOBODY), 500, "w:InvalidParameter", 87),
    ("a body with Delete", "Delete", body("<rsp:Shell/>"), 500, "w:InvalidBody", 0x80338027),
]


def main():
    # the good forms: those without a lasting effect here, the others are taken in winrm_shells.py
    for operation in ("Create", "Send"):
        good = wire.post(GOOD[operation]())
        w.report("%s without a mistake is taken" % operation, good.status == 200, good.said())
        if operation == "Create":
            wire.post(w.delete(good.shell()))
    for name, operation, mistake, status, subcode, code in ROWS:
        text = GOOD[operation]()
        changed = mistake(text)
        answer = wire.post(changed)
        got = (answer.status, answer.subcode, answer.code)
        w.report("refused: %s (%s)" % (name, operation), got == (status, subcode, code) and changed != text,
                 "got %s, wanted %d %s %d" % (answer.said(), status, subcode, code))
    text = w.create()
    again = [wire.post(text), wire.post(text)]
    w.report("refused: a MessageID twice", again[0].status == 200 and again[1].code == 0x8033800f, again[1].said())
    wire.post(w.delete(again[0].shell()))
    http_rows()
    wire.post(w.delete(shell))
    w.done()


def status_of(name, want, *request, **more):
    answer = w.Wire().raw(*request, **more)
    w.report("refused: " + name, answer.status == want, "status %d, wanted %d" % (answer.status, want))
    return answer


def http_rows():
    good = wire.headers()
    data = w.create().encode()
    status_of("GET", 405, "GET", "/wsman", good, None)
    status_of("PUT", 405, "PUT", "/wsman", good, data)
    status_of("another path", 404, "POST", "/", good, data)
    status_of("text/xml", 415, "POST", "/wsman", dict(good, **{"Content-Type": "text/xml;charset=UTF-8"}), data)
    status_of("no charset", 415, "POST", "/wsman", dict(good, **{"Content-Type": "application/soap+xml"}), data)
    status_of("another charset", 415, "POST", "/wsman", dict(good, **{"Content-Type": "application/soap+xml;charset=UTF-16"}), data)
    status_of("a request of 501 KB", 413, "POST", "/wsman", good, data + b" " * (501 << 10))
    answer = status_of("no user", 401, "POST", "/wsman", {"Content-Type": good["Content-Type"]}, data)
    w.report("a 401 says how to sign in", answer.headers.get_all("WWW-Authenticate") == ['Basic realm="WSMAN"'],
             answer.headers.get_all("WWW-Authenticate"))
    wrong = w.Wire(password="another")
    w.report("refused: a wrong password", wrong.post(w.create()).status == 401)
    nobody = w.Wire(user="CORP\\nobody")
    w.report("refused: an unknown user", nobody.post(w.create()).status == 401)
    answer = w.Wire().raw("POST", "/wsman", dict(good, **{"Transfer-Encoding": "chunked"}), iter([data]), encode_chunked=True)
    w.report("refused: chunks", answer.code == 50 and answer.subcode == "w:InternalError", answer.said())


main()
