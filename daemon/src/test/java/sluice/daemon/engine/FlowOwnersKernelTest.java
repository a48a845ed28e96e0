// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import sluice.cgroup.Cgroup;
import sluice.cgroup.CgroupChange;
import sluice.engine.flow.Owner;
import sluice.engine.flow.Transport;
import sluice.linux.InetEndpoint;
import sluice.testkit.CProgram;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Probe;

@KernelTest
class FlowOwnersKernelTest {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    private static int pid(Path cgroup) throws IOException {
        return Integer.parseInt(Files.readString(cgroup.resolve("cgroup.procs")).strip());
    }

    @Test
    void aFlowIsItsCgroupsAsLongAsThatIsKnown(Lab lab) throws Exception {
        lab.here().run("ip", "link", "set", "lo", "up");
        CProgram.of("probe");
        try (var sandbox = CgroupSandbox.create("owners");
                var server = new ServerSocket(0, 5, LOOPBACK)) {
            server.setSoTimeout(45_000);
            var directory = sandbox.cgroup("client");
            var cgroup = new Cgroup((long) Files.getAttribute(directory, "unix:ino"), "/client", 1);
            var names = new CgroupNames("/" + sandbox.root().getFileName(), List.of());
            try (var owners = FlowOwners.open(
                            names, new SoleProcesses(CgroupSandbox.mount().toString()));
                    var client = Probe.tcp(lab.here(), 10_000, "127.0.0.1", server.getLocalPort())
                            .bornIn(directory)
                            .start();
                    var accepted = server.accept()) {
                assertThat(client.alive()).isTrue();
                var from = new InetEndpoint(LOOPBACK, accepted.getPort());
                var to = new InetEndpoint(LOOPBACK, server.getLocalPort());
                assertThat(owners.owner(Transport.TCP, from, to)).isEqualTo(new Owner(null, 0, -1, null));
                names.changed(List.of(new CgroupChange.Created(cgroup)));
                // Its share is told by the path below the managed root.
                var found = new Owner("/" + sandbox.root().getFileName() + "/client", 0, -1, null, "/client");
                assertThat(owners.owner(Transport.TCP, from, to)).isEqualTo(found);
                assertThat(owners.withProcess(found))
                        .isEqualTo(new Owner(found.cgroup(), 0, pid(directory), "probe", found.share()));
                assertThat(owners.owner(Transport.UDP, from, to)).isEqualTo(Owner.UNKNOWN);
                names.changed(List.of(new CgroupChange.Removed(cgroup)));
                assertThat(owners.owner(Transport.TCP, from, to).cgroup()).isNull();
            }
        }
    }
}
