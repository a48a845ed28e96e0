// SPDX-License-Identifier: Apache-2.0
/** The daemon: from a configuration to the kernel and back; one control thread owns it all. */
@NullMarked
package sluice.daemon;

import org.jspecify.annotations.NullMarked;
