// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import sluice.testkit.Dnsmasq;
import sluice.testkit.Internet;
import sluice.testkit.Lab;
import sluice.testkit.Namespace;
import sluice.testkit.Transport;

/**
 * Servers of the far end, as they are found in the wild, on all its addresses, and proxies on {@link Internet#OTHER4}.
 *
 * @param directory what the web server shows: {@code file} and the bare repository {@code repository.git}
 * @param head the commit that a clone has
 */
record RealServers(Path directory, String head) {
    static final int WEB = 8000;
    static final int SSH = 2222;
    static final int IPERF = 5201;
    static final int DNS = 5300;
    static final int TIME = 123;
    static final int SOCKS = 1080;
    static final int HTTP_PROXY = 8888;
    /** User and password of both proxies. */
    static final String USER = "alice";
    /** What {@link #DNS} answers for {@link #NAME}. */
    static final String NAME_ADDRESS = "192.0.2.77";

    static final String NAME = "host.example";

    private static final int FILE_BYTES = 5_000_000;

    /** Starts them all and returns when they listen. */
    static RealServers start(Lab lab) throws IOException {
        var internet = lab.internet().namespace();
        var directory = Files.createDirectories(lab.directory().resolve("web"));
        var content = new byte[FILE_BYTES];
        new Random(1).nextBytes(content);
        Files.write(directory.resolve("file"), content);
        var head = repository(lab, directory);
        internet.command("python3", "-m", "http.server", "" + WEB, "--bind", "::", "--directory", directory.toString())
                .start();
        internet.command("iperf3", "-s", "-p", "" + IPERF).start();
        sshd(lab, internet);
        time(lab, internet);
        Dnsmasq.start(
                internet, java.util.List.of(Internet.SERVER4, Internet.SERVER6), DNS, Map.of(NAME, NAME_ADDRESS), null);
        internet.command("microsocks", "-i", Internet.OTHER4, "-p", "" + SOCKS, "-u", USER, "-P", USER)
                .start();
        httpProxy(lab, internet);
        for (int port : new int[] {WEB, SSH, IPERF, DNS, SOCKS, HTTP_PROXY}) {
            internet.awaitListener(Transport.TCP, port, Machine.SOON);
        }
        internet.awaitListener(Transport.UDP, TIME, Machine.SOON);
        return new RealServers(directory, head);
    }

    private static String repository(Lab lab, Path directory) throws IOException {
        return lab.here()
                .command("sh", "-euc", """
                        cd "$0"
                        git init -q work
                        cp file work/
                        git -C work add .
                        git -C work -c user.name=lab -c user.email=lab@example.org commit -q -m first
                        git clone -q --bare work repository.git
                        git -C repository.git update-server-info
                        git -C repository.git rev-parse HEAD
                        """, directory.toString())
                .with("HOME", directory.toString())
                .run()
                .out()
                .strip();
    }

    private static void sshd(Lab lab, Namespace internet) throws IOException {
        var keys = lab.directory();
        lab.here()
                .run(
                        "ssh-keygen",
                        "-q",
                        "-t",
                        "ed25519",
                        "-N",
                        "",
                        "-f",
                        keys.resolve("host").toString());
        lab.here()
                .run(
                        "ssh-keygen",
                        "-q",
                        "-t",
                        "ed25519",
                        "-N",
                        "",
                        "-f",
                        keys.resolve("key").toString());
        var file = lab.file("sshd.cfg", """
                Port %d
                HostKey %s
                AuthorizedKeysFile %s
                PidFile none
                StrictModes no
                UsePAM no
                PermitRootLogin yes
                """.formatted(SSH, keys.resolve("host"), keys.resolve("key.pub")));
        // It wants an empty directory in /run, where this one is the machine's.
        internet.command(
                        "unshare",
                        "--mount",
                        "--",
                        "sh",
                        "-euc",
                        "mount -t tmpfs none /run && mkdir /run/sshd && exec /usr/sbin/sshd -D -e -f \"$0\"",
                        file.toString())
                .start();
    }

    private static void time(Lab lab, Namespace internet) throws IOException {
        var file = lab.file("chrony.cfg", """
                local stratum 8
                allow all
                cmdport 0
                bindcmdaddress /
                pidfile %s
                """.formatted(lab.directory().resolve("chrony.pid")));
        internet.command("chronyd", "-d", "-x", "-u", "root", "-f", file.toString())
                .start();
    }

    private static void httpProxy(Lab lab, Namespace internet) throws IOException {
        var file = lab.file("tinyproxy.cfg", """
                Port %d
                Listen %s
                BasicAuth %s %s
                """.formatted(HTTP_PROXY, Internet.OTHER4, USER, USER));
        internet.command("tinyproxy", "-d", "-c", file.toString()).start();
    }
}
