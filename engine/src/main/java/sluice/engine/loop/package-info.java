// SPDX-License-Identifier: Apache-2.0
/** Threads that wait for many sockets at once. */
@NullMarked
package sluice.engine.loop;

import org.jspecify.annotations.NullMarked;
