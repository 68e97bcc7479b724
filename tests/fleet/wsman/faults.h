/* faults.h - how a request is refused: each reason with the words that MS-WSMV, DSP0226 and
 * Windows' own list of errors (wsmerror.h) have for it. */
#ifndef TESTS_FLEET_WSMAN_FAULTS_H
#define TESTS_FLEET_WSMAN_FAULTS_H

#include <stdint.h>

#include "base/arena.h"

/* X(id, name, code, subcode, detail, number, text): name is what tests call it; code is SOAP's,
 * subcode with the prefix that the answers use (a: addressing, w: management), detail the end of
 * the URI in FaultDetail or "". The comment before a row says where it is from. */
/* clang-format off */
#define WS_FAULTS(X) \
	/* SOAP 1.2 part 1, 5.4.7 */ \
	X(VERSION, "version", "s:VersionMismatch", "", "", 0x8033800d, \
	  "The WS-Management service does not support the SOAP version specified in the request. ") \
	/* SOAP 1.2 part 1, 5.4.8: with a header NotUnderstood */ \
	X(MUST_UNDERSTAND, "must-understand", "s:MustUnderstand", "", "", 0x80338010, \
	  "The WS-Management service cannot process a SOAP header in the request that is marked as " \
	  "mustUnderstand by the client. ") \
	/* DSP0226 14.6, wsman:SchemaValidationError; SOAP 1.2 part 1, 5 of a DTD */ \
	X(INVALID_XML, "invalid-xml", "s:Sender", "w:SchemaValidationError", "", 0x80338043, \
	  "The WS-Management service cannot process the request because the XML is invalid. ") \
	X(SCHEMA, "schema", "s:Sender", "w:SchemaValidationError", "", 0x80338041, \
	  "The SOAP XML in the message does not match the corresponding XML schema definition. ") \
	X(BODY, "body", "s:Sender", "w:InvalidBody", "", 0x80338027, "The WS-Management service cannot " \
	  "process the request because the request packet does not have a valid SOAP body. ") \
	/* MS-WSMV 3.1.4.1.3; wsmerror.h for the others that WS-Addressing wants */ \
	X(HEADER_REQUIRED, "header-required", "s:Sender", "a:MessageInformationHeaderRequired", "", 0x80338011, \
	  "The WS-Management service cannot process the request. The request does not have all the expected SOAP headers. ") \
	/* MS-WSMV 3.1.4.1.5 and note 47 */ \
	X(HEADER_INVALID, "header-invalid", "s:Sender", "a:InvalidMessageInformationHeader", "", 0x8033800f, \
	  "The WS-Management service cannot process the request. The request contains one or more invalid SOAP headers. ") \
	/* MS-WSMV 3.1.4.1.3 and 3.1.4.1.4 */ \
	X(ADDRESSING_MODE, "addressing-mode", "s:Sender", "w:UnsupportedFeature", "AddressingMode", 0x80338076, \
	  "The WS-Management service does not support the addressing mode. ") \
	/* DSP0226 5.1 */ \
	X(DESTINATION, "destination", "s:Sender", "a:DestinationUnreachable", "", 0x80338012, \
	  "The client cannot connect to the destination specified in the request. ") \
	/* MS-WSMV 4.10; DSP0226 5.1.2.1 */ \
	X(RESOURCE, "resource", "s:Sender", "a:DestinationUnreachable", "InvalidResourceURI", 0x80338000, \
	  "The WS-Management service cannot process the request. The service cannot find the resource " \
	  "identified by the resource URI and selectors. ") \
	/* wsmerror.h */ \
	X(ACTION, "action", "s:Sender", "a:ActionNotSupported", "", 0x80338013, \
	  "The WS-Management service does not support the action specified in the request. ") \
	X(ACTION_MISMATCH, "action-mismatch", "s:Sender", "w:ActionMismatch", "", 0x80338031, "The WS-Management service " \
	  "cannot process the request because the WS-Addressing Action URI in the request is not compatible with the resource. ") \
	/* MS-WSMV 3.1.4.1.7 */ \
	X(ENVELOPE_SMALL, "envelope-small", "s:Sender", "w:EncodingLimit", "MinimumEnvelopeLimit", 0x8033807e, \
	  "The WS-Management service cannot process the request because the envelope size in the request is too small. ") \
	/* wsmerror.h; DSP0226 6.1 wants an xs:duration */ \
	X(TIMEOUT_HEADER, "timeout-header", "s:Sender", "a:InvalidMessageInformationHeader", "", 0x80338081, \
	  "The WS-Management service cannot process the request because the timeout header in the request is invalid. ") \
	/* MS-WSMV 3.1.4.1.8 and 3.1.4.1.9 */ \
	X(LOCALE, "locale", "s:Sender", "w:UnsupportedFeature", "Locale", 0x80338087, \
	  "The WS-Management service cannot guarantee that all data is returned in the requested locale. ") \
	X(DATA_LOCALE, "data-locale", "s:Sender", "w:UnsupportedFeature", "DataLocale", 0x80338087, \
	  "The WS-Management service cannot guarantee that all data is returned in the requested locale. ") \
	/* DSP0226 6.4, MS-WSMV note 50 */ \
	X(OPTION_NAME, "option-name", "s:Sender", "w:InvalidOptions", "InvalidName", 0x80338052, "The WS-Management " \
	  "service cannot process the request because one or more of the options has an invalid name. ") \
	X(OPTION_VALUE, "option-value", "s:Sender", "w:InvalidOptions", "InvalidValue", 0x80338053, "The WS-Management " \
	  "service cannot process the request because one or more of the options has an invalid value. ") \
	X(OPTION_NOT_SUPPORTED, "option-not-supported", "s:Sender", "w:InvalidOptions", "NotSupported", 0x80338051, \
	  "The WS-Management provider does not support the specified option set. ") \
	/* DSP0226 5.1.2.2 */ \
	X(SELECTORS_MISSING, "selectors-missing", "s:Sender", "w:InvalidSelectors", "InsufficientSelectors", 0x8033805a, \
	  "The WS-Management service cannot process the request because the request did not contain all required selectors. ") \
	X(SELECTORS_TWICE, "selectors-twice", "s:Sender", "w:InvalidSelectors", "DuplicateSelectors", 0x8033805f, \
	  "The WS-Management service cannot process the request because the request contains duplicate selectors. ") \
	/* as Windows says it of a shell that is gone: seen in reports of WinRb/WinRM and jborean93/pypsrp */ \
	X(SELECTORS, "selectors", "s:Sender", "w:InvalidSelectors", "UnexpectedSelectors", 0x8033805b, \
	  "The WS-Management service cannot process the request because the request contained invalid selectors for the resource. ") \
	/* MS-ERREF, ERROR_ACCESS_DENIED */ \
	X(ACCESS_DENIED, "access-denied", "s:Sender", "w:AccessDenied", "", 5, "Access is denied. ") \
	/* MS-WSMV note 89 says wsman:InvalidValue with this text; a server that was watched says w:InvalidParameter
	 * (masterzen/winrm, report 80), so do we */ \
	X(PARAMETER, "parameter", "s:Sender", "w:InvalidParameter", "", 87, "The parameter is incorrect. ") \
	X(STREAM_IN, "stream-in", "s:Sender", "w:InvalidParameter", "", 0x8033818b, \
	  "The stream name passed to the WSManSendShellInput function is not valid. ") \
	X(STREAM_OUT, "stream-out", "s:Sender", "w:InvalidParameter", "", 0x8033818d, \
	  "The stream or list of streams passed to the WSManReceiveShellOutput function is not valid. ") \
	X(IDLE_TIMEOUT, "idle-timeout", "s:Sender", "w:InvalidParameter", "", 0x803381f2, \
	  "The WS-Management service cannot process the request. The requested IdleTimeout is outside the allowed range. ") \
	/* MS-WSMV 3.1.4.1.31.1: a stream that is meant for the shell itself */ \
	X(SHELL_STREAM, "shell-stream", "s:Receiver", "w:InternalError", "", 50, "The request is not supported. ") \
	/* MS-WSMV notes 116 and 121, 3.1.4.13 of a second Send */ \
	X(CONCURRENCY, "concurrency", "s:Sender", "w:Concurrency", "", 0x80338032, "The WS-Management service cannot " \
	  "complete the WS-Addressing Action URI in the request because the resource was already in use. ") \
	/* MS-WSMV 3.1.4.5.2.1 and note 111 */ \
	X(QUOTA_SHELLS, "quota-shells", "s:Sender", "w:QuotaLimit", "", 0x803381a5, "The WS-Management service cannot process " \
	  "the request. The maximum number of concurrent shells for this user has been exceeded. Close existing shells or " \
	  "raise the quota for this user. ") \
	/* MS-WSMV 3.1.4.11; note 118: no Signal lowers it, the end of the shell does */ \
	X(QUOTA_OPERATIONS, "quota-operations", "s:Sender", "w:QuotaLimit", "", 0x803381a6, "The WS-Management service cannot " \
	  "process the request. The maximum number of concurrent operations for this user has been exceeded. Close existing " \
	  "operations for this user, or raise the quota for this user. ") \
	/* MS-WSMV 3.1.4.14 */ \
	X(TIMED_OUT, "timed-out", "s:Receiver", "w:TimedOut", "", 0x80338029, \
	  "The WS-Management service cannot complete the operation within the time specified in OperationTimeout.  ") \
	/* MS-ERREF: ERROR_NO_DATA, a pipe that was closed */ \
	X(INPUT_ENDED, "input-ended", "s:Receiver", "w:InternalError", "", 0x800700e8, "The pipe is being closed. ") \
	/* wsmerror.h: what waited for a command that Signal has ended */ \
	X(TERMINATED, "terminated", "s:Receiver", "w:InternalError", "", 0x803381cc, \
	  "The WinRM Shell client cannot process the request. The command is currently terminating or was terminated. ") \
	/* MS-ERREF, ERROR_OPERATION_ABORTED: what waited in a shell that Delete has closed (MS-WSMV 3.1.4.4.1) */ \
	X(ABORTED, "aborted", "s:Receiver", "w:InternalError", "", 995, "The I/O operation has been aborted because of " \
	  "either a thread exit or an application request. ") \
	/* MS-WSMV 3.1.4.1.31.8 */ \
	X(CHUNKED, "chunked", "s:Receiver", "w:InternalError", "", 50, "The request is not supported. ") \
	X(INTERNAL, "internal", "s:Receiver", "w:InternalError", "", 0x80070002, "The system cannot find the file specified. ")
/* clang-format on */

#define WS_FAULT_ID(id, ...) WS_##id,
enum ws_fault { WS_NONE, WS_FAULTS(WS_FAULT_ID) WS_FAULT_COUNT };
#undef WS_FAULT_ID

struct ws_fault_row {
	const char *name, *code, *subcode, *detail;
	uint32_t number;
	const char *text;
};
const struct ws_fault_row *ws_fault_row(enum ws_fault fault);   /* NULL for WS_NONE */

#endif
