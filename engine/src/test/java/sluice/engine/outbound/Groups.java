// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import sluice.engine.GroupView;
import sluice.testkit.Await;

/** Groups, and members that can be tested. */
final class Groups {
    static final String GRANTED = "05 00 00 01 7f000001 1234";

    private Groups() {}

    /** A SOCKS5 proxy that answers HTTP itself, as long as it is well. */
    static FakeServer member(AtomicBoolean well, int delayMillis) throws Exception {
        return FakeServer.start(peer -> {
            var request = peer.socksRequest();
            if (!well.get()) {
                return;
            }
            peer.hex(GRANTED);
            if (request.startsWith("connect probe.example")) {
                peer.note(peer.header());
                LockSupport.parkNanos(delayMillis * 1_000_000L);
                peer.text("HTTP/1.1 204 No Content\r\n\r\n");
            } else {
                peer.echo();
            }
        });
    }

    static String socks(String name, FakeServer proxy) {
        return name + ": {type: socks5, server: " + proxy.server() + "}";
    }

    static GroupView group(World world, String name) {
        return world.table.groups().stream()
                .filter(group -> group.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    static void awaitNow(World world, String group, String member) {
        Await.until(
                () -> group + " to take " + member + ": " + world.table.groups(),
                World.LONG,
                () -> group(world, group).now().equals(Optional.of(member)));
    }

    static void awaitTests(World world, String group, int count) {
        Await.until(
                "tests of " + group,
                World.LONG,
                () -> group(world, group).members().stream()
                        .allMatch(member -> member.history().size() >= count));
    }
}
