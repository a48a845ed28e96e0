// SPDX-License-Identifier: Apache-2.0
/** Benchmarks in namespaced labs and on the bench, with their yardsticks. */
@NullMarked
package sluice.benchmarks;

import org.jspecify.annotations.NullMarked;
