// SPDX-License-Identifier: Apache-2.0
package sluice.engine.sniff;

import org.jspecify.annotations.Nullable;
import sluice.rules.Protocol;

/** What the first bytes of a flow say. */
public sealed interface Sniffed {
    /** Nothing yet: they are the start of something that is known. */
    NeedMore NEED_MORE = new NeedMore();

    /** Nothing, however many come. */
    Unknown UNKNOWN = new Unknown();

    /** Ask again with more bytes, or with the next datagram. */
    record NeedMore() implements Sniffed {}

    /** None of the protocols. */
    record Unknown() implements Sniffed {}

    /**
     * One of the protocols.
     *
     * @param name the host that the client asks for: a valid name, lower case ASCII without a trailing dot; null if it names none
     */
    record Found(Protocol protocol, @Nullable String name) implements Sniffed {}
}
