// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sluice.dns.Asker;
import sluice.engine.flow.Owner;
import sluice.linux.InetEndpoint;
import sluice.linux.RawEndpoint;

/** One query: who asks, and what is to be done with an answer that comes later. Any thread. */
final class Question implements Asker, Consumer<byte[]> {
    final RawEndpoint client;
    final RawEndpoint server;

    private final Questions questions;
    private final String target;
    private volatile @Nullable Owner owner;
    private byte[] answer = {};

    Question(Questions questions, String target, RawEndpoint client, RawEndpoint server) {
        this.questions = questions;
        this.target = target;
        this.client = client;
        this.server = server;
    }

    @Override
    public InetEndpoint client() {
        return client.endpoint();
    }

    @Override
    public InetEndpoint server() {
        return server.endpoint();
    }

    @Override
    public String target() {
        return target;
    }

    @Override
    public boolean overTcp() {
        return false;
    }

    @Override
    public String share() {
        return owner().share();
    }

    @Override
    public @Nullable String cgroup() {
        return owner().cgroup();
    }

    private Owner owner() {
        var known = owner;
        if (known == null) {
            known = questions.owner(this);
            owner = known;
        }
        return known;
    }

    @Override
    public void accept(byte[] late) {
        answer = late;
        questions.later(this);
    }

    /** The answer that came later. */
    byte[] answer() {
        return answer;
    }
}
