// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import sluice.linux.IpText;

/** What ARCHITECTURE.md says of who may use what, where module descriptors cannot say it. */
class ArchitectureTest {
    private static final JavaClasses PRODUCTION = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("sluice");

    @Test
    void onlyLinuxCallsForeignFunctions() {
        noClasses()
                .that()
                .resideInAPackage("sluice..")
                .and()
                .resideOutsideOfPackage("sluice.linux..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.lang.foreign..")
                .check(PRODUCTION);
    }

    @Test
    void onlyTheDaemonLogs() {
        noClasses()
                .that()
                .resideInAPackage("sluice..")
                .and()
                .resideOutsideOfPackage("sluice.daemon..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.slf4j..")
                .check(PRODUCTION);
    }

    @Test
    void rulesDoNotTouchTheSystem() {
        noClasses()
                .that()
                .resideInAPackage("sluice.rules..")
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                                "sluice.linux..", "sluice.netlink..", "sluice.cgroup..", "java.nio.channels..")
                        // How an address is written.
                        .and(not(belongToAnyOf(IpText.class))))
                .check(PRODUCTION);
    }

    @Test
    void addressesAreWrittenInOneWay() {
        noClasses()
                .that()
                .doNotBelongToAnyOf(IpText.class)
                .should()
                .callMethod(InetAddress.class, "getHostAddress")
                .orShould()
                .callMethod(Inet4Address.class, "getHostAddress")
                .orShould()
                .callMethod(Inet6Address.class, "getHostAddress")
                .check(PRODUCTION);
    }
}
