// SPDX-License-Identifier: Apache-2.0
/** Which way out a flow takes. */
@NullMarked
package sluice.engine.route;

import org.jspecify.annotations.NullMarked;
