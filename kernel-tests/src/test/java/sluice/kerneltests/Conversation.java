// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import java.util.List;
import sluice.testkit.Transport;

/**
 * Something to say and what to hear: {@code conversation.py}.
 *
 * @param origin a cgroup of the machine, or the name of another namespace
 * @param kind of conversation.py
 * @param heard the name of the server that has to answer, or {@link #NOTHING}
 */
record Conversation(String origin, String kind, String address, int port, String heard) {
    /** What comes back where nothing gets through. */
    static final String NOTHING = "failed";
    /** For each turn. */
    private static final int PATIENCE_SECONDS = 20;
    /** For what must not get through. */
    private static final int SHORT_SECONDS = 1;

    /** About nothing but what a server says. */
    static Conversation plain(String origin, Transport transport, String address, int port, String heard) {
        return new Conversation(origin, transport.label(), address, port, heard);
    }

    /** What conversation.py calls it. */
    String label() {
        return kind + " " + address + " " + port;
    }

    /** Arguments for conversation.py. */
    List<String> words() {
        int seconds = heard.equals(NOTHING) ? SHORT_SECONDS : PATIENCE_SECONDS;
        return List.of(kind, address, Integer.toString(port), Integer.toString(seconds));
    }

    boolean fits(String outcome) {
        return outcome.equals(heard) || outcome.startsWith(heard + ":");
    }

    @Override
    public String toString() {
        return label() + " from " + origin;
    }
}
