// SPDX-License-Identifier: Apache-2.0
/** Whole-path tests: the program as it is installed, real servers and clients, in a private network namespace. */
@NullMarked
package sluice.kerneltests;

import org.jspecify.annotations.NullMarked;
