// SPDX-License-Identifier: Apache-2.0
/** What a name is answered with, and why: the configuration's rules, and names that are special to everybody. */
@NullMarked
package sluice.dns.policy;

import org.jspecify.annotations.NullMarked;
