// SPDX-License-Identifier: Apache-2.0
/** Tests of what applications are answered, with servers on loopback. */
@NullMarked
package sluice.dns;

import org.jspecify.annotations.NullMarked;
