// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApplicationTest {
    private static final String USER = "/user.slice/user-1000.slice/user@1000.service";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "firefox|/app.slice/app-gnome-firefox-12345.scope",
                "firefox|/app.slice/app-firefox-0b1c2d3e4f.scope",
                "firefox|/app.slice/app-firefox@0b1c2d3e4f.service",
                "firefox|/app.slice/app-firefox.service",
                "firefox|/app.slice/app-DDE-firefox@12.service",
                "firefox|/app.slice/app-KDE-firefox-12.scope/sub/sub",
                "firefox|/app.slice/app-gnome-firefox.slice/firefox-child.service",
                "firefox|/app.slice/app-firefox-6fd2e1c0-1111-2222-3333-444455556666.scope",
                "firefox_firefox|/app.slice/snap.firefox.firefox-6fd2e1c0-1111-2222-3333-444455556666.scope",
                "org.telegram.desktop|/app.slice/app-flatpak-org.telegram.desktop-123.scope",
                "org.gnome.Nautilus|/app.slice/app-dbus\\x2d:1.2\\x2dorg.gnome.Nautilus.slice/dbus-:1.2-org.gnome.Nautilus@0.service",
                "google-chrome|/app.slice/app-gnome-google\\x2dchrome-12.scope",
                "org.kde.konsole|/app.slice/app-org.kde.konsole-1.scope/app-vlc-1.scope"
            })
    void aDesktopApplicationIsShownByTheIdThatARuleWouldName(String id, String path) {
        assertThat(Application.of(USER + path).app()).isEqualTo(id);
        assertThat(Application.of(USER + path).uid()).isEqualTo(1000);
        assertThat(Configurations.policy("version: 1\nrules: [{app: '" + id + "', drop: true}]\n")
                        .match(USER + path))
                .as("a rule for what is shown")
                .isPresent();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sshd.service|-1|/system.slice/sshd.service",
                "sshd.service|-1|/system.slice/sshd.service/sub/x.service",
                "getty@tty1.service|-1|/system.slice/system-getty.slice/getty@tty1.service",
                "cpu.service|-1|/system.slice/_cpu.service",
                "init.scope|-1|/init.scope",
                "session-2.scope|1000|/user.slice/user-1000.slice/session-2.scope",
                "user@1000.service|1000|/user.slice/user-1000.slice/user@1000.service",
                "user@1000.service|1000|/user.slice/user-1000.slice/user@1000.service/app.slice",
                "backup.service|1000|/user.slice/user-1000.slice/user@1000.service/app.slice/backup.service",
                "evil.service|-1|/system.slice/evil.service/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox.service",
                "system.slice|-1|/system.slice"
            })
    void theUnitIsTheOneThatAServiceManagerMade(String unit, int uid, String path) {
        assertThat(Application.of(path)).isEqualTo(new Application(null, unit, null, uid));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "container 0123456789ab|/system.slice/docker-0123456789abcdef.scope",
                "container 0123456789ab|/machine.slice/libpod-0123456789abcdef.scope/container",
                "container 0123456789ab|/docker/0123456789abcdef",
                "container 0123456789ab|/kubepods/besteffort/pod12-34/0123456789abcdef",
                "web|/lxc.payload.web/system.slice/nginx.service",
                "web|/lxc/web",
                "my-web|/machine.slice/machine-my\\x2dweb.scope/payload",
                "my-web|/machine.slice/systemd-nspawn@my\\x2dweb.service"
            })
    void aContainerIsShownByIdOrName(String label, String path) {
        assertThat(Application.of(path).label()).isEqualTo(label);
    }

    @Test
    void aPathThatNobodysNamesExplainHasNoLabel() {
        assertThat(Application.of("/anything/else").label()).isNull();
        assertThat(Application.of("/").label()).isNull();
        assertThat(Application.of("").label()).isNull();
        assertThat(Application.of("/user.slice/user-99999999999.slice/x").uid()).isEqualTo(-1);
    }
}
