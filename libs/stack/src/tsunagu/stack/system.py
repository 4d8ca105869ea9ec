"""A whole running system: Kafka, PostgreSQL, the services, a page to pay on, and Prometheus where it is installed."""

import asyncio
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

from tsunagu.chassis.topics import TopicError, TopicPlan, ensure_topics, local_topics
from tsunagu.stack import kafka, passwords, payments, postgres, prometheus
from tsunagu.stack.addresses import PAYMENT_PAGE, POSTGRES, PROMETHEUS, Addresses, broker_name
from tsunagu.stack.databases import ensure_databases
from tsunagu.stack.errors import StackError
from tsunagu.stack.kafka_cluster import BROKERS_ALLOWED, choose_brokers, cluster, port_names
from tsunagu.stack.ports import HOST, free_port, require_free
from tsunagu.stack.process import ProcessSpec
from tsunagu.stack.readiness import http_ok
from tsunagu.stack.secrets import make_secrets
from tsunagu.stack.services import AUDIT_ROLE, DIGITS_KEY, PAYMENT_KEY, SEALS_FOR, SERVICES, ServiceProcess
from tsunagu.stack.state import Phase, ProcessState, StateFile, SystemState, start_time
from tsunagu.stack.supervisor import Supervised, Supervisor


class System:
    """Runs in this process: `start`, then `watch` for as long as it should live, then `stop`.

    When this process ends in any way, `kill -9` included, Linux ends every process of the system.
    `environment` is given to every service in addition to this process's own. `progress` gets a sentence
    whenever something has happened. `brokers` is how many of Kafka's; by default as many as the home has, at first one.
    """

    def __init__(
        self,
        home: Path,
        services: Sequence[ServiceProcess],
        *,
        topics: Iterable[TopicPlan] | None = None,
        environment: Mapping[str, str] | None = None,
        progress: Callable[[str], None] = lambda _: None,
        brokers: int | None = None,
    ) -> None:
        self.home = home
        self._services = tuple(services)
        self._topics = None if topics is None else list(topics)
        self._brokers_wanted = brokers
        self._environment = dict(environment or {})
        self._secrets: Mapping[str, str] = {}
        self._progress = progress
        self._file = StateFile(home)
        self._state = SystemState()
        self._announced: set[str] = set()
        self._supervisor = Supervisor(self._write_state)
        self._lock = ExitStack()
        self.addresses: Addresses | None = None

    async def start(self) -> Addresses:
        """Bring everything up; returns when all of it is ready.

        Raises StackError, with everything stopped again, when a part does not come up or a system runs
        in this home already.
        """
        self._lock.enter_context(self._file.locked())
        try:
            return await self._start()
        except BaseException as error:
            self._state.message = str(error) if isinstance(error, StackError) else ""
            await self._stop(Phase.FAILED if isinstance(error, StackError) else Phase.STOPPED)
            raise

    @property
    def processes(self) -> Mapping[str, Supervised]:
        """What runs, by name: services, `kafka` (`kafka-2` …), `postgres`; `payment-page`, `prometheus` if they do."""
        return {supervised.name: supervised for supervised in self._supervisor.processes}

    async def watch(self) -> None:
        """Restart whatever ends, until cancelled."""
        await self._supervisor.watch()

    async def stop(self) -> None:
        """Stop everything in reverse order; data, passwords and ports stay for the next start."""
        await self._stop(Phase.STOPPED)

    async def _stop(self, last: Phase) -> None:
        try:
            self._set_phase(Phase.STOPPING)
            await self._supervisor.stop()
        finally:
            self._set_phase(last)
            self._lock.close()

    async def _start(self) -> Addresses:
        began = time.monotonic()
        for name in self._file.end_leftovers():
            self._progress(f"ended {name}, left over from a system whose supervisor was killed")
        self._state = SystemState(
            ports=self._file.read().ports,
            supervisor_pid=os.getpid(),
            supervisor_started=start_time(os.getpid()),
        )
        brokers = choose_brokers(self.home, self._brokers_wanted)
        self._choose_ports(brokers)
        self._set_phase(Phase.STARTING)
        # Every service has its role and database, also those that are not started now: data outlives a start.
        everyone = {service.name: service for service in (*SERVICES, *self._services)}.values()
        roles = (postgres.SUPERUSER, AUDIT_ROLE, *(service.role for service in everyone))
        self._secrets = secrets = passwords.ensure(self.home, [*roles, DIGITS_KEY, PAYMENT_KEY])
        server = postgres.PostgresSettings(
            self.home / "postgres", self._state.ports[POSTGRES], secrets[postgres.SUPERUSER]
        )
        kafka_brokers = cluster(self.home, self._state.ports, brokers)
        cluster_id = kafka.cluster_id_of(kafka_brokers)
        await asyncio.gather(
            asyncio.to_thread(postgres.prepare, server),
            *(asyncio.to_thread(kafka.prepare, broker, cluster_id) for broker in kafka_brokers),
        )
        names = [broker_name(broker.node_id) for broker in kafka_brokers]
        await self._supervisor.start(
            [
                postgres.process_spec(server, self._log(POSTGRES)),
                *(
                    kafka.process_spec(broker, self._log(name), name)
                    for name, broker in zip(names, kafka_brokers, strict=True)
                ),
            ]
        )
        topics = local_topics(replicas=brokers) if self._topics is None else self._topics
        try:
            notes, _ = await asyncio.gather(
                ensure_topics(kafka_brokers[0].bootstrap_servers, topics),
                ensure_databases(server.dsn(), everyone, secrets),
            )
        except TopicError as error:
            raise StackError(str(error)) from error
        for note in notes:
            self._note(note)
        self.addresses = Addresses.of(self._state.ports, secrets, self._services)
        for service in self._services:
            if service.secrets is not None:
                await asyncio.to_thread(make_secrets, service.secrets, self._secrets_file(service.name))
        specs = [self._service_spec(service) for service in self._services]
        if PAYMENT_PAGE in self._state.ports:
            specs.append(payments.process_spec(self._state.ports, secrets, self._log(PAYMENT_PAGE)))
        await self._supervisor.start(specs)
        if PROMETHEUS in self._state.ports:
            try:
                await self._supervisor.start([self._prometheus_spec()])
            except StackError as error:
                # Without graphs the system still does its work; the supervisor goes on trying.
                self._note(f"Prometheus did not start: {error}")
        self._set_phase(Phase.READY)
        self._progress(f"ready after {time.monotonic() - began:.1f} s")
        return self.addresses

    def _choose_ports(self, brokers: int) -> None:
        """Keep the ports of the last run, find new ones for what had none; refuse those that are taken."""
        for name in set(port_names(max(BROKERS_ALLOWED))) - set(port_names(brokers)):
            self._state.ports.pop(name, None)
        names = [*port_names(brokers), POSTGRES, *(service.name for service in self._services)]
        names += [service.public_port_name for service in self._services if service.public]
        for name, is_there in (
            (PROMETHEUS, prometheus.is_installed()),
            (PAYMENT_PAGE, payments.stands_in(self._services, self._environment)),
        ):
            if is_there:
                names.append(name)
            else:
                self._state.ports.pop(name, None)
        for name in names:
            if name in self._state.ports:
                try:
                    require_free(self._state.ports[name], name)
                except StackError as error:
                    raise StackError(
                        f"{error} To get new ports instead, delete {self._file.path}."
                    ) from error
            else:
                self._state.ports[name] = free_port(set(self._state.ports.values()))

    def another(self, service: ServiceProcess, environment: Mapping[str, str]) -> ProcessSpec:
        """How to run another process of a service of this system, on ports of its own; nobody supervises that one.

        The two share the service's partitions. `environment` stands in for the one that the services were given, and
        may say another address of a server.
        """
        taken = set(self._state.ports.values())
        port = free_port(taken)
        public_port = free_port({*taken, port}) if service.public else None
        spec = self._spec(service, f"{service.name}-2", port, public_port, {})
        return replace(spec, environment={**spec.environment, **environment})

    def _service_spec(self, service: ServiceProcess) -> ProcessSpec:
        ports = self._state.ports
        public_port = ports.get(service.public_port_name)
        # One process of each is supervised, so that its name can outlive it: what it read is kept for the next one.
        # Groups are a service's own, so all may have the same.
        lasting = {"TSUNAGU_KAFKA_GROUP_INSTANCE_ID": "0"}
        return self._spec(
            service, service.name, ports[service.name], public_port, {**lasting, **self._environment}
        )

    def _spec(
        self,
        service: ServiceProcess,
        name: str,
        port: int,
        public_port: int | None,
        environment: Mapping[str, str],
    ) -> ProcessSpec:
        assert self.addresses is not None
        digits_key = service.digits_key_variable
        return ProcessSpec(
            name=name,
            argv=service.argv,
            log=self._log(name),
            ready=lambda: http_ok(HOST, port, "/readyz"),
            environment={
                **environment,
                "TSUNAGU_SERVICE": service.name,
                "TSUNAGU_KAFKA_BOOTSTRAP_SERVERS": self.addresses.kafka_bootstrap_servers,
                "TSUNAGU_DATABASE_URL": self.addresses.databases[service.name],
                "TSUNAGU_DATABASE_SCHEMA": service.schema,
                "TSUNAGU_HTTP_HOST": HOST,
                "TSUNAGU_HTTP_PORT": str(port),
                **({"TSUNAGU_PUBLIC_HTTP_PORT": str(public_port)} if public_port else {}),
                **(
                    {service.public_url_variable: f"http://{HOST}:{public_port}"}
                    if service.public_url_variable
                    else {}
                ),
                "TSUNAGU_LOG_FORMAT": "json",
                **(
                    {service.secrets.variable: str(self._secrets_file(service.name))}
                    if service.secrets
                    else {}
                ),
                **self._sealing_key(service),
                **payments.environment_of(service, self._state.ports, self._secrets),
                **({digits_key: self._secrets[DIGITS_KEY]} if digits_key else {}),
                **(self.addresses.audit_environment() if service.reads_all else {}),
            },
            ports=(port,) if public_port is None else (port, public_port),
            niceness=service.niceness,
        )

    def _secrets_file(self, name: str) -> Path:
        return self.home / "secrets" / f"{name}.json"

    def _sealing_key(self, service: ServiceProcess) -> Mapping[str, str]:
        # There is none in a system that never had the service which opens what is sealed.
        file = self._secrets_file(SEALS_FOR).with_suffix(".public.json")
        if service.sealing_key_variable is None or not file.exists():
            return {}
        return {service.sealing_key_variable: str(file)}

    def _prometheus_spec(self) -> ProcessSpec:
        return prometheus.process_spec(
            self.home / "prometheus",
            self._state.ports[PROMETHEUS],
            {service.name: self._state.ports[service.name] for service in self._services},
            self._log(PROMETHEUS),
        )

    def _log(self, name: str) -> Path:
        return self.home / "logs" / f"{name}.log"

    def _note(self, note: str) -> None:
        self._state.notes.append(note)
        self._progress(note)

    def _set_phase(self, phase: Phase) -> None:
        self._state.phase = phase
        self._write_state()

    def _write_state(self) -> None:
        self._state.processes = []
        for supervised in self._supervisor.processes:
            pid = supervised.process.pid
            self._state.processes.append(
                ProcessState(
                    name=supervised.name,
                    pid=pid,
                    started=start_time(pid) if pid is not None else None,
                    port=self._state.ports.get(supervised.name),
                    log=supervised.process.spec.log,
                    ready=supervised.ready,
                    ready_seconds=supervised.ready_seconds,
                    restarts=supervised.restarts,
                )
            )
            self._announce(supervised.name, supervised.ready, supervised.ready_seconds, supervised.problem)
        with suppress(FileNotFoundError):  # somebody deleted the home of a running system: end it quietly
            self._file.write(self._state)

    def _announce(self, name: str, ready: bool, seconds: float | None, problem: str) -> None:
        sentence = f"{name} {problem}, starting it again" if problem else f"{name} ready ({seconds} s)"
        if not (ready or problem):
            self._announced.discard(name)
        elif f"{name}{sentence}" not in self._announced:
            self._announced.add(f"{name}{sentence}")
            self._progress(sentence)
