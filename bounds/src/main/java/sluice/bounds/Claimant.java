// SPDX-License-Identifier: Apache-2.0
package sluice.bounds;

/** Something that takes places of a {@link Bound} for an application. Any thread. */
@FunctionalInterface
public interface Claimant {
    /** The share of all applications together of which nothing is known. */
    String UNKNOWN = "unknown";

    /** The daemon itself, which has no share: it takes places as long as there are any. */
    Claimant SELF = () -> UNKNOWN;

    /**
     * What the application is counted as: its system unit, its user or its container, in words for people. May cost a system call the first
     * time, so it is asked for only once a bound is half full. Must not throw.
     */
    String share();
}
