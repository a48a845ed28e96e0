// SPDX-License-Identifier: Apache-2.0
/** What a flow is: who started it, where it goes, how it went. */
@NullMarked
package sluice.engine.flow;

import org.jspecify.annotations.NullMarked;
