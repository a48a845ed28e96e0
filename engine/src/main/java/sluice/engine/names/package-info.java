// SPDX-License-Identifier: Apache-2.0
/** Port 53: who asks, connections of those who ask over TCP, and what is counted. */
@NullMarked
package sluice.engine.names;

import org.jspecify.annotations.NullMarked;
