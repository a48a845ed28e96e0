// SPDX-License-Identifier: Apache-2.0
/** Ways out: direct, SOCKS5, HTTP CONNECT, chains and groups of them, and whether they are healthy. */
@NullMarked
package sluice.engine.outbound;

import org.jspecify.annotations.NullMarked;
