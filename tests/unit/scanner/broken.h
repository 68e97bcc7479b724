/* broken.h - what a server answers on which one thing is not as it should be. */
#ifndef UNIT_SCANNER_BROKEN_H
#define UNIT_SCANNER_BROKEN_H

#define AGENT(installed, version, uninstall, service) \
	"\"value\":{\"installed\":" installed ",\"install_path\":\"C:\\\\A\",\"exe_path\":null," \
	"\"exe_version\":" version ",\"uninstall\":[" uninstall "],\"service_path\":null," \
	"\"service_version\":" service "}"
#define UNINSTALL(version) "{\"view\":64,\"key\":\"Windows Azure Backup\",\"version\":" version "}"
#define NO_AGENT AGENT("false", "null", "", "null")
#define SERVICE(exists, state, start) \
	"\"value\":{\"exists\":" exists ",\"state\":" state ",\"start\":" start "}"
#define SCRATCH(size, free) \
	"\"value\":{\"config\":null,\"provider\":null,\"path\":\"C:\\\\S\",\"exists\":true,\"" \
	"volume\":" \
	"\"C:\\\\\",\"size_bytes\":" size ",\"free_bytes\":" free "}"
#define LOGIN(status, open, error) \
	"\"value\":{\"asked\":true,\"proxy\":\"proxy:8080\",\"proxy_source\":\"agent\"," \
	"\"results\":[{\"host\":\"login.windows.net\",\"open\":" open \
	",\"status\":" status ",\"error\":" error "}]}"
#define SIGN_IN LOGIN("407", "null", "\"sign-in\"")
#define CONFIG(registered, enabled, encryption) \
	"\"value\":{\"registered\":" registered ",\"task_exists\":true,\"task_enabled\":" enabled \
	",\"task_account\":\"SYSTEM\",\"task_sid\":\"S-1-5-18\",\"task_result\":0," \
	"\"task_ran_utc_ms\":1699990000000,\"task_instances\":2,\"task_count\":1," \
	"\"encryption_set\":" encryption "}"
#define NOT_REGISTERED CONFIG("false", "true", "true")
#define TASK_DISABLED CONFIG("true", "false", "true")
#define NO_PASSPHRASE CONFIG("true", "true", "false")
#define LAST_FAILED \
	"\"value\":{\"completed_utc_ms\":1699990000000,\"event\":3," \
	"\"failed_utc_ms\":1699995000000,\"failed_event\":11,\"error\":230006}"
#define NO_SCRATCH \
	"\"value\":{\"config\":\"C:\\\\S\",\"provider\":\"C:\\\\S\",\"path\":\"C:\\\\S\"," \
	"\"exists\":false,\"kek_exists\":false,\"attributes\":null,\"volume\":\"C:\\\\\"," \
	"\"drive_type\":3,\"file_system\":\"NTFS\",\"deduplicated\":false," \
	"\"size_bytes\":107374182400,\"free_bytes\":53687091200}"
#define VSS_DISABLED \
	"\"value\":{\"list\":[{\"name\":\"RpcSs\",\"exists\":true,\"state\":4,\"start\":2}," \
	"{\"name\":\"EventSystem\",\"exists\":true,\"state\":4,\"start\":2}," \
	"{\"name\":\"SENS\",\"exists\":true,\"state\":4,\"start\":2}," \
	"{\"name\":\"VSS\",\"exists\":true,\"state\":1,\"start\":4}," \
	"{\"name\":\"swprv\",\"exists\":true,\"state\":1,\"start\":4}]}"
#define NO_TLS12 \
	"\"value\":{\"schannel_enabled\":0,\"schannel_disabled_by_default\":1," \
	"\"net64_system_default\":null,\"net64_strong_crypto\":null," \
	"\"net32_system_default\":null,\"net32_strong_crypto\":null,\"fips\":null}"
#define SERVER_CORE \
	"\"value\":{\"caption\":\"S\",\"version\":\"10.0.20348\",\"build\":20348," \
	"\"installation_type\":\"Server Core\",\"product_type\":3,\"language\":\"en-US\"," \
	"\"boot_utc_ms\":1699000000000}"
#define NO_UPDATES "\"error\":\"time limit\",\"kind\":\"time-limit\""

#endif
