// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sluice.testkit.Await;
import sluice.testkit.Background;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Scale;

/** The daemon is killed while applications ask for names. */
@KernelTest
class NameCrashKernelTest {
    /** Asks for one new name after the other, and prints each with its address; asks again where nobody answers. */
    private static final String ASK = """
            import socket, struct, sys
            server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            server.settimeout(0.2)
            number = 0
            while True:
                name = "n%d.load.example" % number
                question = b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\\0\\0\\1\\0\\1"
                server.sendto(struct.pack(">HHHHHH", number & 0xffff, 0x100, 1, 0, 0, 0) + question, ("127.0.0.53", 53))
                try:
                    answer = server.recv(512)
                except (TimeoutError, ConnectionError):
                    continue
                if struct.unpack(">H", answer[:2])[0] == number & 0xffff and answer[3] & 15 == 0:
                    print(name, socket.inet_ntoa(answer[-4:]), flush=True)
                    number += 1
            """;

    @Test
    @Timeout(1200)
    void everyNameThatWasGivenOutKeepsItsAddress(Lab lab) throws Exception {
        try (var world = NameWorld.open(lab)) {
            var escaped = world.escaped();
            var configuration = "on-exit: keep\n" + world.configuration("mode: fake-ip");
            var file = SluiceDaemon.write(lab, world.machine().cgroups(), configuration);
            var given = new HashMap<String, String>();
            try (var daemon = SluiceDaemon.launch(lab, file)) {
                daemon.awaitReady();
                daemon.kill9();
            }
            for (int kill = 0; kill < Scale.of(4, 100); kill++) {
                try (var asking = world.machine()
                                .in("proxied", "python3", "-c", ASK)
                                .start();
                        var daemon = SluiceDaemon.launch(lab, file)) {
                    daemon.awaitReady();
                    int enough = given.size() + 50;
                    Await.until("answers", Machine.SOON, () -> addresses(asking).size() >= enough);
                    daemon.kill9();
                    for (var answer : addresses(asking).entrySet()) {
                        var former = given.putIfAbsent(answer.getKey(), answer.getValue());
                        assertThat(former == null ? answer.getValue() : former)
                                .as("%s after %d kills", answer.getKey(), kill)
                                .isEqualTo(answer.getValue());
                    }
                }
            }
            assertThat(given.values()).doesNotHaveDuplicates();
            assertThat(escaped.packets()).isZero();
        }
    }

    private static Map<String, String> addresses(Background asking) throws Exception {
        var addresses = new HashMap<String, String>();
        for (var line : asking.lines()) {
            int space = line.indexOf(' ');
            addresses.put(line.substring(0, space), line.substring(space + 1));
        }
        return addresses;
    }
}
