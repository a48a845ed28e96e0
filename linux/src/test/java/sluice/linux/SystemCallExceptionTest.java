// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SystemCallExceptionTest {
    @ParameterizedTest
    @CsvSource({
        "2, NotFoundException",
        "19, NotFoundException",
        "1, PermissionDeniedException",
        "17, AlreadyExistsException",
        "28, LimitReachedException",
        "105, LimitReachedException",
        "95, UnsupportedException",
        "22, SystemCallException",
        "4095, SystemCallException"
    })
    void theTypeTellsWhatWentWrong(int errno, String type) {
        assertThat(SystemCallException.of("add", "x", errno).getClass().getSimpleName())
                .isEqualTo(type);
    }

    @Test
    void theMessageNamesOperationObjectErrorAndRemedy() {
        var exception = SystemCallException.of("add element", "user.slice to map marks", Errno.ENOENT, "it vanished");
        assertThat(exception).hasMessage("add element user.slice to map marks: ENOENT: it vanished");
        assertThat(exception.errno()).isEqualTo(2);
    }

    @Test
    void aNumberWithoutANameIsShownAsNumber() {
        assertThat(SystemCallException.of("add", "x", 4000)).hasMessage("add x: errno 4000: unexpected");
    }
}
