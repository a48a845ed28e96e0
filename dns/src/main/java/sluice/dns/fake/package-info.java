// SPDX-License-Identifier: Apache-2.0
/** Fake IPs that stand for names, and that are remembered. */
@NullMarked
package sluice.dns.fake;

import org.jspecify.annotations.NullMarked;
