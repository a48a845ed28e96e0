// SPDX-License-Identifier: Apache-2.0
/** Carries datagrams: one socket to the outside for each client socket, and answers from the peers' own addresses. */
@NullMarked
package sluice.engine.udp;

import org.jspecify.annotations.NullMarked;
