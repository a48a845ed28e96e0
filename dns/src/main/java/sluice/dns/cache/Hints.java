// SPDX-License-Identifier: Apache-2.0
package sluice.dns.cache;

import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sluice.dns.NameService.Meaning;
import sluice.dns.message.Answer;
import sluice.dns.message.AnswerReader;
import sluice.dns.message.Wire;

/** Names by the true addresses that were given for them lately. Bounded: the one that was given first goes first. Any thread. */
public final class Hints {
    /** Applications keep addresses for longer than they may, and connect once more. */
    private static final int GRACE = 300;

    private final int most;
    private final Map<InetAddress, Hint> hints = new LinkedHashMap<>();

    private record Hint(Meaning.Hint meaning, long until) {}

    /** For so many addresses. */
    public Hints(int most) {
        this.most = most;
    }

    /** An answer's addresses are good for its name, for some seconds. */
    public void learn(Answer answer, int ttl, long now) {
        if (answer.type() != Wire.A && answer.type() != Wire.AAAA) {
            return;
        }
        var addresses = AnswerReader.addresses(answer);
        var hint = new Hint(new Meaning.Hint(answer.name()), now + ttl + GRACE);
        synchronized (hints) {
            for (var address : addresses) {
                hints.remove(address);
                hints.put(address, hint);
            }
            for (var eldest = hints.keySet().iterator(); hints.size() > most; ) {
                eldest.next();
                eldest.remove();
            }
        }
    }

    /** For what name an address was given; null if that is not known, or no longer. */
    public @Nullable Meaning find(InetAddress address, long now) {
        synchronized (hints) {
            var hint = hints.get(address);
            return hint == null || now >= hint.until ? null : hint.meaning;
        }
    }

    /** Forgets everything. */
    public void flush() {
        synchronized (hints) {
            hints.clear();
        }
    }
}
