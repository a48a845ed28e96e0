// SPDX-License-Identifier: Apache-2.0
package sluice.dns.message;

/** What an application's message turned out to be. */
public sealed interface Incoming permits Query, Incoming.Rejected, Incoming.Ignored {
    /** Not worth an answer: a response, or too short for a header. */
    record Ignored() implements Incoming {}

    /** Answered by what it is. */
    final class Rejected implements Incoming {
        private final int rcode;
        private final byte[] answer;

        Rejected(int rcode, byte[] answer) {
            this.rcode = rcode;
            this.answer = answer;
        }

        /** Why. */
        public int rcode() {
            return rcode;
        }

        /** The whole answer, the caller's. */
        public byte[] answer() {
            return answer;
        }
    }
}
