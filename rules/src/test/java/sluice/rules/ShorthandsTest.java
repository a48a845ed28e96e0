// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShorthandsTest {
    private static final String USER = "/user.slice/user-1000.slice/user@1000.service";

    private static boolean matches(String condition, String path) {
        return Configurations.policy("version: 1\nrules: [{" + condition + ", drop: true}]\n")
                .match(path)
                .isPresent();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "firefox|/app.slice/app-gnome-firefox-12345.scope|true",
                "firefox|/app.slice/app-firefox-0b1c2d3e4f.scope|true",
                "firefox|/app.slice/app-firefox@0b1c2d3e4f.service|true",
                "firefox|/app.slice/app-firefox@autostart.service|true",
                "firefox|/app.slice/app-firefox.service|true",
                "firefox|/app.slice/app-DDE-firefox@12.service|true",
                "firefox|/app.slice/app-KDE-firefox-12.scope/sub/sub|true",
                "firefox|/background.slice/app-firefox-12.scope|true",
                "firefox|/session.slice/app-gnome-firefox-12.scope|true",
                "firefox|/app.slice/app-gnome-firefox.slice/firefox-child.service|true",
                "firefox|/app.slice/app-firefox-6fd2e1c0-1111-2222-3333-444455556666.scope|true",
                "firefox|/app.slice/snap.firefox.firefox-6fd2e1c0-1111-2222-3333-444455556666.scope|true",
                "firefox|/snap.firefox.geckodriver-6fd2e1c0-1111-2222-3333-444455556666.scope|true",
                "firefox_firefox|/app.slice/snap.firefox.firefox-6fd2e1c0-1111-2222-3333-444455556666.scope|true",
                "firefox_firefox|/app.slice/snap.firefox.geckodriver-6fd2e1c0-1111-2222-3333-444455556666.scope|false",
                "firefox|/app.slice/app-firefoxy-12.scope|false",
                "firefox|/app.slice/app-gnome-firefox\\x2desr-12.scope|false",
                "firefox|/app.slice/firefox.service|false",
                "org.telegram.desktop|/app.slice/app-flatpak-org.telegram.desktop-123.scope|true",
                "org.telegram.desktop|/app.slice/app-flatpak-orgxtelegram.desktop-123.scope|false",
                "org.gnome.Nautilus|/app.slice/app-dbus\\x2d:1.2\\x2dorg.gnome.Nautilus.slice/dbus-:1.2-org.gnome.Nautilus@0.service|true",
                "google-chrome|/app.slice/app-gnome-google\\x2dchrome-12.scope|true",
                "google-chrome|/app.slice/app-google-chrome-12.scope|true",
                "google\\x2dchrome|/app.slice/app-gnome-google\\x2dchrome-12.scope|true",
                "chrome|/app.slice/app-gnome-google\\x2dchrome-12.scope|false",
                "vlc|/app.slice/app-org.kde.konsole-1.scope/app-vlc-1.scope|false"
            })
    void appIsRecognisedWhateverStartedIt(String id, String path, boolean expected) {
        assertThat(matches("app: '" + id + "'", USER + path)).isEqualTo(expected);
    }

    @Test
    void appDoesNotMatchWhatAnotherUnitPretends() {
        assertThat(matches("app: firefox", "/system.slice/evil.service" + USER + "/app.slice/app-firefox-1.scope"))
                .isFalse();
        assertThat(matches("app: firefox", "/system.slice/app-firefox-1.scope")).isFalse();
        assertThat(matches("app: lxd", "/system.slice/snap.lxd.daemon.service")).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "unit: sshd|/system.slice/sshd.service|true",
                "unit: sshd.service|/system.slice/sshd.service/sub|true",
                "unit: sshd.service|/system.slice/sshd.service2|false",
                "unit: sshd.service|/system.slice/system-x.slice/sshd.service|true",
                "unit: sshd.service|/user.slice/user-1000.slice/user@1000.service/app.slice/sshd.service|false",
                "unit: 'backup-*.service'|/system.slice/backup-home.service|true",
                "unit: 'backup-?.service'|/system.slice/backup-12.service|false",
                "unit: getty@.service|/system.slice/system-getty.slice/getty@tty1.service|true",
                "unit: getty@tty1.service|/system.slice/system-getty.slice/getty@tty1.service|true",
                "unit: getty@tty2.service|/system.slice/system-getty.slice/getty@tty1.service|false",
                "unit: 'dev-disk-by\\x2duuid.swap'|/system.slice/dev-disk-by\\x2duuid.swap|true",
                "unit: init.scope|/init.scope|true",
                "unit: cpu.service|/system.slice/_cpu.service|true",
                "unit: a.b|/system.slice/a.b.service|true",
                "unit: user@1000.service|/user.slice/user-1000.slice/user@1000.service/app.slice|true",
                "'unit: session-*.scope, user: alice'|/user.slice/user-1000.slice/session-2.scope|true",
                "'unit: backup.service, user: alice'|/user.slice/user-1000.slice/user@1000.service/app.slice/backup.service|true",
                "'unit: backup.service, user: alice'|/user.slice/user-1001.slice/user@1001.service/app.slice/backup.service|false",
                "'unit: backup.service, user: alice'|/system.slice/backup.service|false",
                "user: alice|/user.slice/user-1000.slice|true",
                "user: 1000|/user.slice/user-1000.slice/session-2.scope|true",
                "user: alice|/user.slice/user-10001.slice|false",
                "user: root|/user.slice/user-0.slice/x|true",
                "slice: system|/system.slice/x.service|true",
                "slice: a-b-c.slice|/a.slice/a-b.slice/a-b-c.slice/x.service|true",
                "slice: a-b.slice|/a-b.slice|false",
                "'slice: cgtproxy-drop, user: alice'|/user.slice/user-1000.slice/user@1000.service/cgtproxy.slice/cgtproxy-drop.slice/x|true",
                "'slice: system, unit: x'|/system.slice/x.service|true",
                "'slice: system, unit: x'|/other.slice/x.service|false",
                "'app: firefox, user: alice, match: gnome'|/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-firefox-1.scope|true",
                "'app: firefox, user: alice, match: gnome'|/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox-1.scope|false",
                "'app: firefox, user: root'|/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox-1.scope|false"
            })
    void unitsUsersAndSlicesCombine(String condition, String path, boolean expected) {
        assertThat(matches(condition, path)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "container: 0123456789ab|/system.slice/docker-0123456789abcdef.scope|true",
                "container: '0123456789ab*'|/machine.slice/libpod-0123456789abcdef.scope/container|true",
                "container: 0123456789ab|/machine.slice/libpod-conmon-0123456789abcdef.scope|false",
                "container: 0123456789ab|/docker/0123456789abcdef|true",
                "container: 0123456789ab|/docker/1123456789abcdef|false",
                "container: 0123456789ab|/kubepods.slice/kubepods-pod1.slice/cri-containerd-0123456789abcdef.scope|true",
                "container: 0123456789ab|/kubepods/besteffort/pod12-34/0123456789abcdef|true",
                "container: 0123456789ab|/user.slice/user-1000.slice/user@1000.service/user.slice/docker-0123456789ab.scope|false",
                "'container: 0123456789ab, user: alice'|/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-0123456789ab.scope|true",
                "container: web|/lxc.payload.web/system.slice|true",
                "container: web|/lxc/web|true",
                "container: my-web|/machine.slice/machine-my\\x2dweb.scope/payload|true",
                "container: my-web|/machine.slice/systemd-nspawn@my\\x2dweb.service|true",
                "container: 'my-*'|/machine.slice/machine-my\\x2dweb.scope|true",
                "container: web|/lxc.payload.web2|false"
            })
    void containersAreRecognisedByIdOrByTheNameInTheirPath(String condition, String path, boolean expected) {
        assertThat(matches(condition, path)).isEqualTo(expected);
    }

    @Test
    void escapesAsSystemdDoes() {
        assertThat(SystemdNames.escape("my-app 1")).isEqualTo("my\\x2dapp\\x201");
        assertThat(SystemdNames.escape(".hidden")).isEqualTo("\\x2ehidden");
        assertThat(SystemdNames.escape("é")).isEqualTo("\\xc3\\xa9");
        assertThat(SystemdNames.unescape("my\\x2dapp\\xc3\\xa9\\x")).isEqualTo("my-appé\\x");
    }
}
