// SPDX-License-Identifier: Apache-2.0
/** Bounds that are fair: one application cannot take what others need. */
@NullMarked
package sluice.bounds;

import org.jspecify.annotations.NullMarked;
