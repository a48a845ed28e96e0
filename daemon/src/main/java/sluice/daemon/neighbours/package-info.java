// SPDX-License-Identifier: Apache-2.0
/** Other software with rules in the kernel, and settings of the kernel, and what they mean for Sluice. */
@NullMarked
package sluice.daemon.neighbours;

import org.jspecify.annotations.NullMarked;
