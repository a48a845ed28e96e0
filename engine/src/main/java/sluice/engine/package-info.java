// SPDX-License-Identifier: Apache-2.0
/** The engine as the daemon sees it. */
@NullMarked
package sluice.engine;

import org.jspecify.annotations.NullMarked;
