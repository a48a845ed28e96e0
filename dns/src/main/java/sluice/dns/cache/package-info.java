// SPDX-License-Identifier: Apache-2.0
/** What was learned: answers by their questions, names by their addresses. */
@NullMarked
package sluice.dns.cache;

import org.jspecify.annotations.NullMarked;
