#!/usr/bin/env python3
# typist.py ASKED ANSWER... -- COMMAND...: the command on a terminal of its own; each time its output holds ASKED once
# more, the next ANSWER is typed. All that it wrote is on standard output, its exit status is ours.
import os
import pty
import select
import sys

end = sys.argv.index("--")
asked, answers, command = sys.argv[1].encode(), sys.argv[2:end], sys.argv[end + 1:]
pid, fd = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
said, count = b"", 0
while True:
    try:
        if not select.select([fd], [], [], 60)[0]:
            os.kill(pid, 9)
        data = os.read(fd, 4096)
    except OSError:
        break
    if not data:
        break
    said += data
    if said.count(asked) > count and count < len(answers):
        os.write(fd, answers[count].encode() + b"\n")
        count += 1
sys.stdout.write(said.decode("utf-8", "replace"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
