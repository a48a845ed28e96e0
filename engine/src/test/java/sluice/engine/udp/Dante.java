// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import static sluice.testkit.Internet.OTHER4;

import java.io.IOException;
import sluice.testkit.Await;
import sluice.testkit.Background;
import sluice.testkit.Lab;
import sluice.testkit.Transport;

/** A real SOCKS5 proxy for datagrams, on {@link #SERVER}. */
final class Dante {
    static final String SERVER = OTHER4 + ":1080";

    private Dante() {}

    /**
     * Returns when it listens.
     *
     * @param hosts lines of a file in which it looks names up
     */
    static Background start(Lab lab, String hosts) throws IOException {
        var configuration = lab.file("danted.conf", """
                logoutput: stderr
                internal: %s port = 1080
                external: %s
                clientmethod: none
                socksmethod: none
                user.privileged: root
                user.unprivileged: root
                client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
                socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 command: udpassociate }
                socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 command: udpreply }
                """.formatted(OTHER4, OTHER4));
        var internet = lab.internet().namespace();
        var dante = internet.command(
                        "unshare",
                        "--mount",
                        "sh",
                        "-c",
                        "mount --bind %s /etc/hosts && exec danted -f %s -p %s/danted.pid"
                                .formatted(lab.file("hosts", hosts), configuration, lab.directory()))
                .start();
        internet.awaitListener(Transport.TCP, 1080, Await.SOON);
        return dante;
    }
}
