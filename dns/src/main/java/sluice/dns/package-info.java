// SPDX-License-Identifier: Apache-2.0
/** DNS as the engine and the daemon see it. */
@NullMarked
package sluice.dns;

import org.jspecify.annotations.NullMarked;
