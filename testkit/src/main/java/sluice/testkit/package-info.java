// SPDX-License-Identifier: Apache-2.0
/** Guard, cgroups and labs for tests against the real kernel. */
@NullMarked
package sluice.testkit;

import org.jspecify.annotations.NullMarked;
