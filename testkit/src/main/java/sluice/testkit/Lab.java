// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A small world of network namespaces around the one the JVM is in, which plays the machine under test ({@link #here}).
 * Closing it kills what it started, removes its devices and files, and empties {@link #here} of nftables tables, policy
 * rules and routes in tables of their own, whatever happened before. Any thread; its parts too.
 *
 * <p>A {@link KernelTest} may take one as a parameter of a test or life-cycle method; it is then closed by itself, and
 * {@link #report} is printed when the test fails. With {@code SLUICE_LAB_HOLD=SECONDS} in the environment the failed world
 * stays open that long for somebody to look around in.
 */
public final class Lab implements AutoCloseable {
    private static final AtomicInteger COUNTER = new AtomicInteger();

    private final String name;
    private final Path directory;
    private final Namespace here;
    private final List<Namespace> namespaces = new ArrayList<>();
    private final Deque<Await.Action> cleanups = new ArrayDeque<>();
    private final AtomicInteger files = new AtomicInteger();
    private @Nullable Internet internet;

    private Lab(String name, Path directory) {
        this.name = name;
        this.directory = directory;
        this.here = new Namespace(this, "here", ProcessHandle.current().pid(), true);
        namespaces.add(here);
    }

    /**
     * Opens an empty lab.
     *
     * @throws IllegalStateException outside a private network namespace
     */
    public static Lab open(String name) throws IOException {
        NamespaceGuard.requirePrivate();
        var unique = name + "-" + ProcessHandle.current().pid() + "-" + COUNTER.incrementAndGet();
        return new Lab(unique, Files.createTempDirectory("sluice-lab-" + unique));
    }

    /** Its unique name. */
    public String name() {
        return name;
    }

    /** The namespace the JVM is in. */
    public Namespace here() {
        return here;
    }

    /** A directory for files of this lab; removed when it closes. */
    public Path directory() {
        return directory;
    }

    /** Writes a file in {@link #directory}. */
    public Path file(String fileName, String text) throws IOException {
        return Files.writeString(directory.resolve(fileName), text);
    }

    /** Registers something to undo; the last registered is undone first. */
    public synchronized void onClose(Await.Action action) {
        cleanups.push(action);
    }

    /** Adds a namespace with its loopback up. */
    public Namespace namespace(String namespaceName) throws IOException {
        // Whoever holds it waits for the end of its standard input, which comes even when this JVM is killed.
        var holder = new ProcessBuilder(
                        "unshare", "--net", "--", "sh", "-c", "ip link set lo up && echo ready && exec cat >/dev/null")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        onClose(() -> {
            holder.destroyForcibly();
            Command.ended(holder, Duration.ofSeconds(5));
        });
        if (holder.inputReader().readLine() == null) {
            throw new IOException("make namespace " + namespaceName + " of lab " + name
                    + ": unshare failed, see its words on standard error; root is needed");
        }
        var namespace = new Namespace(this, namespaceName, holder.pid(), false);
        synchronized (this) {
            namespaces.add(namespace);
        }
        return namespace;
    }

    /** Joins two namespaces by a veth pair with a device name at each end, both up. */
    public void link(Namespace left, String leftDevice, Namespace right, String rightDevice) throws IOException {
        left.run("ip", "link", "add", leftDevice, "type", "veth", "peer", "name", rightDevice, "netns", right.path());
        onClose(() -> left.command("ip", "link", "delete", leftDevice).attempt());
        left.run("ip", "link", "set", leftDevice, "up");
        right.run("ip", "link", "set", rightDevice, "up");
    }

    /** The usual far end: made and joined to {@link #here} when first asked for. */
    public synchronized Internet internet() throws IOException {
        var made = internet;
        if (made == null) {
            made = Internet.join(this);
            internet = made;
        }
        return made;
    }

    /** How to enter every namespace, and what is set up in it: for the log of a failed test. */
    public String report() {
        var text = new StringBuilder("lab " + name + ", files in " + directory + "\n");
        List<Namespace> all;
        synchronized (this) {
            all = List.copyOf(namespaces);
        }
        for (var namespace : all) {
            text.append("--- ").append(namespace.name()).append(": ").append(namespace.enterLine());
            for (var question : List.of("ip -brief address", "ip rule", "ip -6 rule", "nft list ruleset")) {
                text.append("\n$ ").append(question).append('\n');
                Await.ignoringFailure(() -> text.append(
                        namespace.command(question.split(" ")).attempt().out()));
            }
            text.append('\n');
        }
        return text.toString();
    }

    @Override
    public void close() throws IOException {
        while (true) {
            Await.Action next;
            synchronized (this) {
                next = cleanups.poll();
            }
            if (next == null) {
                break;
            }
            Await.ignoringFailure(next);
        }
        here.command("sh", "-c", RESET).attempt();
        try (var inside = Files.walk(directory)) {
            for (var path : inside.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    /** Only ever run behind {@link NamespaceGuard}; the kernel's own rules are 0, 32766 and 32767. */
    private static final String RESET = """
            nft flush ruleset
            # Flows outlive the ruleset that marked them, and the next lab uses the same addresses and ports.
            conntrack -F
            for family in -4 -6; do
                ip $family rule | while IFS=: read -r preference rest; do
                    case $preference in 0 | 32766 | 32767) ;; *) ip $family rule delete preference "$preference" ;; esac
                done
                ip $family route show table all | sed -n 's/.* table \\([0-9][0-9]*\\).*/\\1/p' | sort -u |
                    while read -r table; do ip $family route flush table "$table"; done
            done
            """;

    synchronized Background adopt(Background background) {
        cleanups.push(background::close);
        return background;
    }

    Streams nextFiles(String program) {
        int number = files.incrementAndGet();
        return new Streams(
                directory.resolve(number + "-" + program + ".in"),
                directory.resolve(number + "-" + program + ".out"),
                directory.resolve(number + "-" + program + ".err"));
    }

    record Streams(Path in, Path out, Path err) {}
}
