// SPDX-License-Identifier: Apache-2.0
/** Servers that are asked: over UDP, TCP, TLS (RFC 7858) and HTTPS (RFC 8484). Everything here blocks, for virtual threads. */
@NullMarked
package sluice.dns.upstream;

import org.jspecify.annotations.NullMarked;
