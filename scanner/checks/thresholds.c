/* thresholds.c - the functional floors above the hard one: versions from which on something works,
 * as documents name them. An operator's own stand in the policy file. */
#include "scanner/checks/checks.h"

#include "base/mem.h"

#define MATRIX_DPM "Support matrix for backup with MABS and DPM"
#define TROUBLE_MABS "Troubleshoot Azure Backup Server"
#define TROUBLE_MARS "Troubleshoot the Microsoft Azure Recovery Services (MARS) agent"

/* clang-format off */
const struct threshold thresholds[] = {
	{ { { 2, 0, 8719, 0 } }, "cloud backup of DPM and MABS servers", MATRIX_DPM, true },
	{ { { 2, 0, 9052, 0 } }, "policy changes with security features on, else error 0x29834",
	  TROUBLE_MABS, true },
	{ { { 2, 0, 9070, 0 } }, "moving from a Backup vault to a Recovery Services vault",
	  "Upgrade a Backup vault to a Recovery Services vault", false },
	{ { { 2, 0, 9190, 0 } }, "the passphrase is validated",
	  "Manage Microsoft Azure Recovery Services (MARS) agent backups", false },
	{ { { 2, 0, 9249, 0 } }, "vault credential files of the newer format can be read",
	  "FAQ: backing up files and folders (MARS); " TROUBLE_MARS, false },
	{ { { 2, 0, 9250, 0 } }, "offline seeding with own disks, immutable vaults with DPM and MABS",
	  TROUBLE_MARS, false },
	{ { { 2, 0, 9262, 0 } }, "passphrase kept in Key Vault, more operations behind a security PIN",
	  "Save and manage MARS agent passphrase securely in Azure Key Vault", false },
};
/* clang-format on */

const int thresholds_count = (int)ARRAY_LEN(thresholds);
