// SPDX-License-Identifier: Apache-2.0
/** Made-up addresses that stand for names, and that are remembered. */
@NullMarked
package sluice.dns.fake;

import org.jspecify.annotations.NullMarked;
