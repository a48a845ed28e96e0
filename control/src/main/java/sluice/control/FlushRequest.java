// SPDX-License-Identifier: Apache-2.0
package sluice.control;

/**
 * Asks for DNS to forget something.
 *
 * @param what all of that
 */
public record FlushRequest(What what) {
    /** What there is. */
    public enum What {
        /** Answers of upstream servers. */
        cache,
        /** Names of fake IPs that no flow uses: applications that remember one have to ask again. */
        fakes
    }
}
