// SPDX-License-Identifier: Apache-2.0
/** What a flow's first bytes say: which protocol it is, and which host it wants. */
@NullMarked
package sluice.engine.sniff;

import org.jspecify.annotations.NullMarked;
