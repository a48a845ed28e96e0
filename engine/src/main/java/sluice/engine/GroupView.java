// SPDX-License-Identifier: Apache-2.0
package sluice.engine;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A group as it stands at one moment, for people.
 *
 * @param type as in the configuration: {@code select}, {@code fallback}, {@code url-test}, {@code load-balance}
 * @param now the member that flows get; empty where that depends on the flow
 * @param members in the order of the configuration
 */
public record GroupView(String name, String type, Optional<String> now, List<Member> members) {
    /** Keeps an unmodifiable list. */
    public GroupView {
        members = List.copyOf(members);
    }

    /**
     * One member.
     *
     * @param alive whether its last test succeeded; true before the first one
     * @param history the last tests, the newest last, at most 10
     */
    public record Member(String name, boolean alive, List<Sample> history) {
        /** Keeps an unmodifiable list. */
        public Member {
            history = List.copyOf(history);
        }

        /** How long its last test took in milliseconds; empty when it failed or there was none. */
        public OptionalInt delay() {
            return history.isEmpty() ? OptionalInt.empty() : history.getLast().delay();
        }
    }

    /**
     * One test.
     *
     * @param at when it ended
     * @param delay milliseconds from the first packet to the status of the answer; empty when it failed
     * @param failure why it failed, else empty
     */
    public record Sample(Instant at, OptionalInt delay, String failure) {}
}
