// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShareKeyTest {
    private static final String USER = "/user.slice/user-1000.slice/user@1000.service";
    private static final String ID = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private static String key(String path) {
        return ShareKey.of(path, 0);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/system.slice/sshd.service|/system.slice/sshd.service",
                "/system.slice/sshd.service|/system.slice/sshd.service/worker/7",
                "/system.slice/system-getty.slice/getty@tty1.service|/system.slice/system-getty.slice/getty@tty1.service",
                "/system.slice/_cpu.service|/system.slice/_cpu.service/x",
                "/system.slice/run-u12.service|/system.slice/run-u12.service",
                "/init.scope|/init.scope",
                "/shop.slice/shop-db.slice/db.service|/shop.slice/shop-db.slice/db.service/a.slice/b.scope",
                "/system.slice|/system.slice",
                "/openrc.sshd|/openrc.sshd/child",
                "/nomad.slice/share.slice/12.web.scope|/nomad.slice/share.slice/12.web.scope"
            })
    void aSystemUnitIsOneWithAllBelowIt(String key, String path) {
        assertThat(key(path)).isEqualTo(key);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                USER + "/app.slice/app-firefox-12.scope",
                USER + "/app.slice/app-firefox@0b1c.service/tab-1",
                USER + "/user.slice/libpod-" + ID + ".scope/container",
                USER + "/user.slice/user-libpod_pod_1.slice/libpod-" + ID + ".scope",
                USER + "/system.slice/sshd.service",
                USER + "/user.slice/user-0.slice/user@0.service",
                USER,
                "/user.slice/user-1000.slice",
                "/user.slice/user-1000.slice/session-3.scope",
                "/user.slice/user-1000.slice/docker/" + ID,
                // The managed root may lie lower.
                "/user-1000.slice/session-3.scope",
                "/user@1000.service/app.slice/app-firefox-12.scope"
            })
    void allOfAUserIsOne(String path) {
        assertThat(key(path)).isEqualTo("user 1000");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/system.slice/docker-ID.scope|/system.slice/docker-ID.scope/init.scope",
                "/docker/ID|/docker/ID/system.slice/nginx.service",
                "/docker/ID|/docker/ID/docker/ID",
                "/machine.slice/libpod-ID.scope|/machine.slice/libpod-ID.scope/container",
                "/machine.slice/machine-libpod_pod_ID.slice/libpod-ID.scope|/machine.slice/machine-libpod_pod_ID.slice/libpod-ID.scope",
                "/libpod_parent/libpod-ID|/libpod_parent/libpod-ID/x",
                "/libpod_parent/ID|/libpod_parent/ID/ID",
                "/lxc.payload.web|/lxc.payload.web/system.slice/nginx.service",
                "/lxc.payload.web|/lxc.payload.web/ID",
                "/lxc/web|/lxc/web/user.slice/user-1000.slice",
                "/machine/qemu-1-vm.libvirt-qemu|/machine/qemu-1-vm.libvirt-qemu/emulator",
                "/machine.slice/machine-my\\x2dweb.scope|/machine.slice/machine-my\\x2dweb.scope/payload/system.slice/x.service",
                "/machine.slice/systemd-nspawn@web.service|/machine.slice/systemd-nspawn@web.service/payload/user.slice/user-5.slice",
                "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/cri-containerd-ID.scope|/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/cri-containerd-ID.scope",
                "/kubepods/burstable/pod12-34/ID|/kubepods/burstable/pod12-34/ID/x",
                "/kubepods/pod12-34/ID|/kubepods/pod12-34/ID",
                "/kubepods/besteffort/pod12-34|/kubepods/besteffort/pod12-34/pause",
                "/kubepods/burstable|/kubepods/burstable",
                "/default/ID|/default/ID"
            })
    void aContainerIsOneWithAllBelowIt(String key, String path) {
        assertThat(key(path.replace("ID", ID))).isEqualTo(key.replace("ID", ID));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/system.slice/evil.service|/system.slice/evil.service/user.slice/user-5.slice/user@5.service/app.slice/x.scope",
                "/system.slice/evil.service|/system.slice/evil.service/../../sshd.service",
                "/evil|/evil/system.slice/sshd.service",
                "/evil|/evil/docker/ID",
                "/evil|/evil/kubepods/pod1/ID",
                "/docker|/docker/not-an-id/ID",
                "/docker|/docker/ID.scope",
                "/docker|/docker/IDf",
                "/x.slice/user-5.slice/a.service|/x.slice/user-5.slice/a.service",
                "/user.slice/user-05x.slice/a.scope|/user.slice/user-05x.slice/a.scope",
                "/user.slice/user-4294967295.slice/a.scope|/user.slice/user-4294967295.slice/a.scope",
                "/user.slice/user-99999999999.slice/a.scope|/user.slice/user-99999999999.slice/a.scope",
                "/user.slice/user@-1.service|/user.slice/user@-1.service/x",
                "/user 5|/user 5",
                "/unknown|/unknown"
            })
    void namesThatOthersMakeUpBelowTheirOwnCgroupChangeNothing(String key, String path) {
        assertThat(key(path.replace("ID", ID))).isEqualTo(key.replace("ID", ID));
    }

    @Test
    void twoHundredCgroupsOfAUserAreOne() {
        assertThat(IntStream.range(0, 200)
                        .mapToObj(i -> key(USER + "/app.slice/app-" + i + ".scope/" + i))
                        .collect(Collectors.toSet()))
                .containsExactly("user 1000");
    }

    @Test
    void programsOfSluiceRunCountAsTheUserWhoseTheyAre() {
        assertThat(ShareKey.of("/sluice-run/proxy=office/4711", 1000)).isEqualTo("user 1000");
        assertThat(ShareKey.of("/sluice-run/direct/12", 0)).isEqualTo("user 0");
        assertThat(ShareKey.of("/sluice-run/direct/12", 0xffff_fff0)).isEqualTo("user 4294967280");
        assertThat(ShareKey.of("/sluice-run/direct/12", -1)).isEqualTo("/sluice-run");
        assertThat(ShareKey.of("/x.slice/sluice-run/direct/12", 1000)).isEqualTo("/x.slice/sluice-run");
    }

    @Test
    void aPathWithoutNamesIsTheRoot() {
        assertThat(key("/")).isEqualTo("/");
        assertThat(key("")).isEqualTo("/");
    }
}
