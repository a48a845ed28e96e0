// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import sluice.testkit.KernelTest;

@KernelTest
class CapabilitiesKernelTest {
    @Test
    void rootHasNetAdmin() throws Exception {
        assertThat(Capabilities.effective()).contains(Capability.CAP_NET_ADMIN);
        assertThat(Capabilities.bounding()).contains(Capability.CAP_NET_ADMIN);
    }

    @Test
    void aRestrictedThreadAndWhatItExecutesHaveTheNamedOnesOnly() throws Exception {
        var kept = EnumSet.of(Capability.CAP_NET_ADMIN, Capability.CAP_BPF);
        var seen = onItsOwnThread(() -> {
            Processes.noNewPrivileges();
            Capabilities.restrictTo(kept);
            assertThat(Capabilities.effective()).isEqualTo(kept);
            assertThat(Capabilities.bounding()).isEqualTo(kept);
            var child = new ProcessBuilder("grep", "-E", "CapEff|NoNewPrivs", "/proc/self/status").start();
            return new String(child.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        });
        assertThat(seen).isEqualTo("CapEff:\t0000008000001000\nNoNewPrivs:\t1\n");
        assertThat(Capabilities.effective()).contains(Capability.CAP_SYS_ADMIN);
    }

    @Test
    void takingBackWhatWasGivenUpIsRefused() throws Exception {
        var refusal = onItsOwnThread(() -> {
            Capabilities.restrictTo(Set.of());
            try {
                Capabilities.restrictTo(Set.of(Capability.CAP_NET_ADMIN));
                return "allowed";
            } catch (PermissionDeniedException e) {
                return e.getMessage();
            }
        });
        assertThat(refusal).contains("EPERM");
    }

    @Test
    void aThreadEntersANamespaceAndTheOthersStay() throws Exception {
        var holder = new ProcessBuilder("unshare", "--net", "sh", "-c", "echo ready; exec sleep 60").start();
        try {
            assertThat(holder.getInputStream().read()).isEqualTo('r');
            var before = NetworkNamespace.current();
            var path = "/proc/" + holder.pid() + "/ns/net";
            var entered = onItsOwnThread(() -> {
                NetworkNamespace.enter(path);
                return NetworkNamespace.current();
            });
            assertThat(entered.identity()).startsWith("net:[");
            assertThat(entered).isNotEqualTo(before);
            assertThat(NetworkNamespace.current()).isEqualTo(before);
        } finally {
            holder.destroyForcibly().waitFor();
        }
    }

    /** A thread that has given something up, or has entered a namespace, is used for nothing else. */
    private static <T> T onItsOwnThread(Callable<T> work) throws Exception {
        var task = new FutureTask<>(work);
        Thread.ofPlatform().start(task);
        return task.get();
    }
}
