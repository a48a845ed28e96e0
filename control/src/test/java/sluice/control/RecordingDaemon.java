// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import sluice.linux.PeerProcess;

/** A daemon that answers at once and remembers what it was asked. */
final class RecordingDaemon implements Controlled {
    static final StatusView STATUS = new StatusView(
            "1.0",
            42,
            7,
            null,
            "2026-01-01T00:00:00Z",
            "nftables",
            "/sys/fs/cgroup",
            List.of(new StatusView.RuleStatus(3, "match: \\/.*", "direct", 5, 1, 2, 1L << 40, "matches everything")),
            List.of(new StatusView.TproxyStatus("mihomo", 7893, "up")),
            new StatusView.EngineStatus(
                    List.of(new StatusView.TargetStatus("office", 40123, true)),
                    3,
                    9000,
                    17,
                    1,
                    2,
                    List.of(new StatusView.GroupStatus(
                            "best",
                            "fallback",
                            "office",
                            List.of(
                                    new StatusView.MemberStatus("office", true, 12),
                                    new StatusView.MemberStatus("corp", false, null)))),
                    Map.of("from-clients", 5L),
                    Map.of("udp-queries", 9L)),
            new StatusView.DnsStatus("fake-ip", 12, 3, 1, 1000, null, Map.of("queries", 17L)),
            Map.of("direct", 5L),
            3,
            0,
            List.of(
                    new StatusView.BoundStatus("flows", 9000, 3, 0, null),
                    new StatusView.BoundStatus("dns-queries", 4096, 2600, 12, "user 1000")),
            List.of("Docker: nothing to do"),
            List.of());

    final Queue<String> asked = new ConcurrentLinkedQueue<>();
    final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    volatile @Nullable CountDownLatch gate;

    @Override
    public StatusView status() {
        asked.add("status");
        var waiting = gate;
        if (waiting != null) {
            try {
                waiting.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        return STATUS;
    }

    @Override
    public TreeView tree() {
        var nodes = new ArrayList<TreeView.Node>();
        for (int i = 0; i < 20_000; i++) {
            nodes.add(new TreeView.Node("/system.slice/unit-" + i + ".service", i, 3, "direct", null));
        }
        return new TreeView("/sys/fs/cgroup", nodes);
    }

    @Override
    public ExplainView explain(String path) throws RefusedException {
        asked.add("explain " + path);
        if (path.contains("missing")) {
            throw new RefusedException(Refusal.NOT_FOUND, "there is no cgroup " + path, "see sluice tree");
        }
        return new ExplainView(path, 9, null, List.of(), List.of(), List.of("a note"));
    }

    static final FlowView FLOW = new FlowView(
            7,
            "tcp",
            "firefox",
            "/user.slice/x",
            null,
            1000,
            null,
            null,
            "192.0.2.1:4711",
            "[2001:db8::1]:443",
            "example.org",
            "office",
            "routes[0]",
            List.of("best", "office"),
            "2026-01-01T00:00:00Z",
            1500,
            1L << 40,
            0,
            null,
            null);

    @Override
    public FlowsView flows(long position) {
        asked.add("flows " + position);
        return new FlowsView(List.of(FLOW), List.of(), 17, "2026-01-01T00:00:00Z");
    }

    static final DnsCacheView.AnswerView REMEMBERED = new DnsCacheView.AnswerView(
            "example.org", "AAAA", "NOERROR", List.of("udp://192.0.2.53"), 3, 57, List.of("2001:db8::1"));

    static final DnsView ANSWER = new DnsView(
            "example.org",
            "AAAA",
            "/user.slice/x",
            "fake-ip",
            "real",
            "dns.rules[1]",
            "the rule says so",
            List.of("udp://192.0.2.53"),
            null,
            REMEMBERED,
            List.of("2001:db8::1"));

    @Override
    public DnsView dns(String name, String type, @Nullable String path) {
        asked.add("dns " + name + " " + type + " " + path);
        return ANSWER;
    }

    @Override
    public DnsCacheView dnsCache() {
        asked.add("dns cache");
        return new DnsCacheView(List.of(REMEMBERED), 10, 99, 0, 0);
    }

    @Override
    public FlushView flush(FlushRequest.What what) {
        asked.add("flush " + what);
        return new FlushView(what, 5);
    }

    @Override
    public SelectRequest select(SelectRequest choice) {
        asked.add("select " + choice.group() + " " + choice.member());
        return choice;
    }

    @Override
    public ReloadView reload() {
        asked.add("reload");
        if (gate != null) {
            status();
            return new ReloadView(null, List.of("dns.mode"), 1, 2, 3, List.of());
        }
        throw new IllegalStateException("broken on purpose");
    }

    @Override
    public boolean mayRun(int uid, RunRequest request) {
        return uid == 1000 && request.grantName().equals("office");
    }

    @Override
    public RunView run(RunRequest request, PeerProcess peer) {
        asked.add("run " + request + " for " + peer.pid());
        return new RunView("/sluice/run-1");
    }

    @Override
    public void requestFailed(String request, Throwable cause) {
        failures.add(cause);
    }
}
