/* faults.h - why a host could not be reached or answered wrongly: every fault there is, a row each.
 * The ids are stable. Who lists faults walks these rows. */
#ifndef BASE_FAULTS_H
#define BASE_FAULTS_H

/* clang-format off */
/*  row(ID, id, meaning, what to do) */
#define FAULTS(row) \
	row(NAME_NOT_FOUND, "name-not-found", \
	    "no address was found for the host's name", \
	    "check the name in the inventory and in DNS, or set ansible_host to an address") \
	row(REFUSED, "refused", \
	    "a machine is there, and nothing listens on that port of it", \
	    "start what should: on a Windows host its OpenSSH server (Start-Service sshd), or for " \
	    "WinRM an HTTPS listener; or correct the port. Behind `tunnel:` stands the bastion") \
	row(NO_ANSWER, "no-answer", \
	    "nobody answered on that port in time", \
	    "check that the host is up and that firewalls let this machine, or the bastion " \
	    "before it, reach that port") \
	row(NOT_SSH, "not-ssh", \
	    "what listens on the SSH port speaks another protocol", \
	    "something else listens on that port: correct ansible_port") \
	row(NO_COMMON_ALGORITHM, "no-common-algorithm", \
	    "the other end and this machine share no algorithm", \
	    "compare the algorithms of the host's sshd_config with those of this " \
	    "machine's libssh2; a host that has Diffie-Hellman group exchange alone " \
	    "needs --group-exchange; WinRM needs TLS 1.2 and the kind of sign-in that is set") \
	row(HOST_KEY_UNKNOWN, "host-key-unknown", \
	    "the host's key is not in known_hosts, or nobody known signed its certificate", \
	    "collect the host's key, compare and approve it (marshal keys scan, keys " \
	    "pending, keys approve), or use --host-key accept-new once; WinRM: also " \
	    "marshal_winrm_ca or marshal_winrm_cert") \
	row(HOST_KEY_CHANGED, "host-key-changed", \
	    "the host shows another key or certificate than is known: it may be another machine", \
	    "find out why the key changed; only then marshal keys scan HOST, and marshal " \
	    "keys approve --changed HOST, or correct marshal_winrm_cert") \
	row(NO_USABLE_KEY, "no-usable-key", \
	    "there is no user, key or password to sign in with", \
	    "set ansible_user and ansible_ssh_private_key_file, or load one key " \
	    "into the key agent; passwords: docs/inventory.md") \
	row(SIGN_IN_REJECTED, "sign-in-rejected", \
	    "the host rejected the user and key or password", \
	    "check the user name and that its public key is in " \
	    "administrators_authorized_keys, or that its password is right and has not expired") \
	row(CREDENTIAL_SUSPENDED, "credential-suspended", \
	    "the user and key or password were not offered: other hosts had rejected them", \
	    "other hosts rejected this credential, so it was not offered again: " \
	    "correct it first") \
	row(THROTTLED, "throttled", \
	    "the host's sshd drops new connections for now", \
	    "try again in 20 s; its sshd drops connections up to 10 minutes after many failures " \
	    "(PerSourcePenalties), or while too many wait for their sign-in (MaxStartups: with " \
	    "many hosts behind one sshd lower --jobs)") \
	row(CHANNEL_REFUSED, "channel-refused", \
	    "the sign-in went well, and no session, or way on, was allowed after it", \
	    "check MaxSessions and ForceCommand in the host's sshd_config, AllowTcpForwarding " \
	    "and PermitOpen in a bastion's, MaxShellsPerUser of WinRM") \
	row(UNSUPPORTED_TRANSPORT, "unsupported-transport", \
	    "the inventory names a way to the host that is not built in", \
	    "docs/ways-in.md has the ways that are, and the lines of inventory that each wants") \
	row(UNRESOLVED_VARIABLE, "unresolved-variable", \
	    "a variable that is needed for the host is a template, vaulted, wrong or unknown", \
	    "the message names it: docs/inventory.md (Templates, vaulted and wrong values) has " \
	    "what each of them wants") \
	row(NO_POWERSHELL, "no-powershell", \
	    "the host did not find powershell.exe", \
	    "powershell.exe was not found for this user: check PATH and " \
	    "DefaultShell of the host") \
	row(CONSTRAINED_LANGUAGE, "constrained-language", \
	    "PowerShell is restricted on the host and runs no script of ours", \
	    "PowerShell runs in constrained language mode there: allow the scripts " \
	    "by their SHA-256") \
	row(BLOCKED_BY_SECURITY, "blocked-by-security", \
	    "security software of the host stopped the script", \
	    "security software stopped the script: have it allowed by the SHA-256 " \
	    "in docs/security.md") \
	row(ACCESS_DENIED, "access-denied", \
	    "the user may not do on the host what the script needs", \
	    "sign in with a user who is an administrator of the host") \
	row(PROGRAM_FAILED, "program-failed", \
	    "the script or program ended with an error", \
	    "see the text of the failure, and try `marshal scan --verbose` on this " \
	    "host alone") \
	row(UPLOAD_FAILED, "upload-failed", \
	    "the file did not get to the host", \
	    "check the SFTP subsystem and the free space of the host") \
	row(DOWNLOAD_FAILED, "download-failed", \
	    "the host could not fetch the installer itself from the address given", \
	    "the message says what was in the way and what to do; docs/ways-in.md, The installer " \
	    "from a mirror") \
	row(CONNECTION_LOST, "connection-lost", \
	    "the connection broke before the answer was whole", \
	    "the line broke in the middle: try again, and look at the host's and " \
	    "network's events") \
	row(WRONG_ANSWER, "wrong-answer", \
	    "the host answered something that is no answer", \
	    "the host answered what our script never writes: look for profiles, " \
	    "wrappers or filters") \
	row(TOO_MUCH_OUTPUT, "too-much-output", \
	    "the host answered more than is ever read", \
	    "the host wrote more than the limit: look for a profile or banner that " \
	    "prints a lot") \
	row(TIME_LIMIT, "time-limit", \
	    "the host was reached and took longer than its limit", \
	    "the host was too slow: try it alone, or raise the limit named in the message") \
	row(CANCELLED, "cancelled", \
	    "the look was ended from this side", \
	    "it was ended from here before the host had answered: run the command again")
/* clang-format on */

#endif
