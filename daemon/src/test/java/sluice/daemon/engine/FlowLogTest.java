// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.control.FlowView;
import sluice.engine.Attribution;
import sluice.engine.flow.Destination;
import sluice.engine.flow.Flow;
import sluice.engine.flow.FlowEnd;
import sluice.engine.flow.Owner;
import sluice.engine.flow.Transport;
import sluice.linux.InetEndpoint;

class FlowLogTest {
    private static final InetEndpoint CLIENT = new InetEndpoint(InetAddress.ofLiteral("192.0.2.2"), 40000);
    private static final InetEndpoint SERVER = new InetEndpoint(InetAddress.ofLiteral("2001:db8::1"), 443);

    @TempDir
    Path root;

    private static Flow flow(long id) {
        return new Flow(id, Transport.TCP, "office", CLIENT, new Destination(SERVER), Attribution.NONE);
    }

    private FlowViews views() {
        return new FlowViews(new SoleProcesses(root.toString()), "");
    }

    @Test
    void oneLineSaysEverythingOfAFlow() {
        var flow = flow(7);
        flow.owner(new Owner("/system.slice/a b.service", 1000, 17, "say \"hi\""));
        flow.destination(flow.destination().named("example.org", false));
        flow.path(new Flow.Path(2, List.of("best", "office")));
        flow.addSent(100);
        flow.addReceived(1L << 40);
        flow.end(FlowEnd.UPSTREAM_RESET, "");
        assertThat(FlowLog.line(views().view(flow)))
                .startsWith("flow application=\"a b.service\" cgroup=\"/system.slice/a b.service\" uid=1000 pid=17"
                        + " command=\"say \\\"hi\\\"\" transport=tcp client=192.0.2.2:40000 destination=[2001:db8::1]:443"
                        + " host=example.org target=office route=routes[2] outbound=best>office sent=100"
                        + " received=1099511627776 milliseconds=")
                .endsWith(" end=\"reset by the upstream\"");
    }

    @Test
    void whatIsNotKnownIsLeftOut() {
        var flow = flow(1);
        flow.end(FlowEnd.LIMIT, "there are 9 flows already");
        assertThat(FlowLog.line(views().view(flow)))
                .startsWith("flow application=unknown transport=tcp client=192.0.2.2:40000 destination=")
                .doesNotContain("uid=")
                .doesNotContain("outbound=")
                .endsWith(" end=\"over a limit\" detail=\"there are 9 flows already\"");
    }

    @Test
    void theOwnerIsAskedForWhileItIsThereIfTheFlowWillBeShown() {
        var owner = new Owner("/a", 1000, -1, null);
        try (var log = new FlowLog(views(), false)) {
            assertThat(seen(log, owner)).as("nobody will see it").isEqualTo(Owner.UNKNOWN);
            log.history().since(-1);
            assertThat(seen(log, owner)).as("somebody follows").isEqualTo(owner);
        }
        try (var log = new FlowLog(views(), true)) {
            assertThat(seen(log, owner)).as("it is logged").isEqualTo(owner);
        }
    }

    /** What is known of a flow that nobody looks at before it has ended. */
    private static Owner seen(FlowLog log, Owner owner) {
        var flow = new Flow(1, Transport.TCP, "office", CLIENT, new Destination(SERVER), Attribution.known(owner));
        log.started(flow);
        flow.end(FlowEnd.FINISHED, "");
        log.ended(flow);
        return flow.owner();
    }

    @Test
    void aProcessIsNamedWhereItIsTheOnlyOneOfItsCgroup() throws Exception {
        var own = ProcessHandle.current().pid();
        Files.writeString(Files.createDirectory(root.resolve("one")).resolve("cgroup.procs"), own + "\n");
        Files.writeString(Files.createDirectory(root.resolve("two")).resolve("cgroup.procs"), own + "\n1\n");
        Files.writeString(Files.createDirectory(root.resolve("none")).resolve("cgroup.procs"), "");
        for (var name : List.of("one", "two", "none", "gone")) {
            var flow = flow(1);
            flow.owner(new Owner("/" + name, 0, -1, null));
            var views = views();
            views.complete(flow);
            var view = views.view(flow);
            assertThat(view.application()).isEqualTo("/" + name);
            if (name.equals("one")) {
                assertThat(view.pid()).isEqualTo((int) own);
                assertThat(view.command())
                        .isEqualTo(Files.readString(Path.of("/proc/self/comm")).strip());
            } else {
                assertThat(view.pid()).as(name).isNull();
            }
        }
    }

    @Test
    void aFlowThatEndsWhileItIsLookedAtIsNotShownAsOneThatLives() {
        var ended = flow(1);
        ended.end(FlowEnd.FINISHED, "");
        assertThat(views().live(List.of(flow(3), ended, flow(2))))
                .extracting(FlowView::id)
                .containsExactly(2L, 3L);
    }

    @Test
    void thoseWhoFollowHearOfEachEndOnceAndOfAThousandAtMost() {
        var history = new FlowHistory(System::nanoTime);
        assertThat(history.since(0).flows()).isEmpty();
        history.add(flow(1));
        history.add(flow(2));
        assertThat(history.since(-1).flows()).isEmpty();
        var first = history.since(0);
        assertThat(first.flows()).extracting(Flow::id).containsExactly(1L, 2L);
        history.add(flow(3));
        assertThat(history.since(first.position()).flows()).extracting(Flow::id).containsExactly(3L);
        for (int id = 4; id <= 2000; id++) {
            history.add(flow(id));
        }
        var late = history.since(first.position());
        assertThat(late.flows())
                .hasSize(1000)
                .extracting(Flow::id)
                .startsWith(1001L)
                .endsWith(2000L);
        assertThat(history.since(late.position()).flows()).isEmpty();
        assertThat(history.since(late.position() + 1).flows())
                .as("of another run")
                .isEmpty();
    }

    @Test
    void whatNobodyAsksForIsNotKept() {
        var now = new AtomicLong(Long.MAX_VALUE - 5);
        var history = new FlowHistory(now::get);
        history.add(flow(1));
        var first = history.since(0);
        assertThat(first.flows()).as("before anybody followed").isEmpty();
        history.add(flow(2));
        now.addAndGet(FlowHistory.PATIENCE.toNanos() - 1);
        history.add(flow(3));
        now.incrementAndGet();
        assertThat(history.isFollowed()).isFalse();
        history.add(flow(4));
        var second = history.since(first.position());
        assertThat(second.flows()).as("after a minute without a question").isEmpty();
        history.add(flow(5));
        assertThat(history.since(second.position()).flows())
                .extracting(Flow::id)
                .containsExactly(5L);
    }
}
