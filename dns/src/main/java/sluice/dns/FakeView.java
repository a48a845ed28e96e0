// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import java.util.Optional;

/**
 * The pool as it stands at one moment, for people.
 *
 * @param names that have an address
 * @param capacity most names that can have one at a time
 * @param leased names that a flow uses
 * @param recycled addresses that were taken from one name for another one, since the start
 * @param refused names that got no address, since the start: all addresses were in use, or too many names came at once
 * @param notRemembered why names are not written to the file at present; empty when they are
 */
public record FakeView(
        int names, int capacity, int leased, long recycled, long refused, Optional<String> notRemembered) {}
