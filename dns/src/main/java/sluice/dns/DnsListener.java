// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;

/** Hears what DNS does. Called on the loop's threads too: must not block, nor throw. */
public interface DnsListener extends FakeListener {
    /** A query was answered; only where {@code dns.log} is on. */
    void answered(AnsweredQuery query);

    /**
     * Addresses of a name whose route has a set, before the first application gets them.
     *
     * @param set the route's {@code nft-set}
     * @param addresses of one family or both, at least one
     * @param ttl for how long applications may remember them
     */
    void resolved(String set, String name, List<InetAddress> addresses, Duration ttl);

    /**
     * A server does not answer, nor did it lately; said once until {@link #serverAnswers}.
     *
     * @param server as in the configuration
     * @param reason in words for people
     */
    void serverFailed(String server, String reason);

    /** A server that was said to have failed answers. */
    void serverAnswers(String server);
}
