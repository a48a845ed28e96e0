// SPDX-License-Identifier: Apache-2.0
/** DNS messages (RFC 1035, RFC 6891): queries of applications, answers of servers, answers to applications. */
@NullMarked
package sluice.dns.message;

import org.jspecify.annotations.NullMarked;
