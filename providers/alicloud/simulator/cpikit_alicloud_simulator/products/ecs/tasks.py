"""Tasks: what imports of images and changes of disks can be watched by."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.paging import Paging
from cpikit_alicloud_simulator.refusal import INVALID, Refusal
from cpikit_alicloud_simulator.resource import Resource, resource
from cpikit_alicloud_simulator.times import to_second
from cpikit_alicloud_simulator.world import World

_PAGES = Paging(default=10, maximum=100)  # ECS 2014-05-26, DescribeTasks: PageSize
_STATES = ("Deleted", "Failed", "Finished", "Paused", "Pending", "Processing", "All")
_MOST_IDS = 100

NOT_FOUND = Refusal(400, "InvalidTaskId.NotFound", "The specified TaskId does not exist.")
NO_REGION = Refusal(400, "InvalidRegionId.NotFound", "The specified RegionId does not exist.")
CANNOT_CANCEL = Refusal(
    403, "InvalidTaskStatus.NotSupportCancel", "The task cannot be cancelled.", "assumed"
)


@resource
class Task(Resource):
    """One task: Processing, Finished, Failed."""

    kind: ClassVar[str] = "task"
    prefix: ClassVar[str] = "t"
    indexed: ClassVar[tuple[str, ...]] = ("about",)
    in_inventory: ClassVar[bool] = False

    state: str = "Processing"
    action: str = ""
    """`ImportImage`, `ModifyDiskSpec` and so on."""
    about: str = ""
    """The id of what is worked on."""
    due_s: float = 0.0
    finished_s: float | None = None
    error_code: str = ""
    error_message: str = ""

    @property
    def can_cancel(self) -> bool:
        """Whether CancelTask stops it: ECS 2014-05-26, CancelTask, has the import of images."""
        return self.action == "ImportImage" and self.state == "Processing"

    def progress(self, now_s: float) -> int:
        """Give how far it is, in percent."""
        if self.state != "Processing":
            return 100
        whole = self.due_s - self.created_s
        return 0 if whole <= 0 else min(99, int(100 * (now_s - self.created_s) / whole))

    def end(self, now_s: float, code: str = "", message: str = "") -> None:
        """Finish, or fail with a code."""
        self.state = "Failed" if code else "Finished"
        self.finished_s = now_s
        self.error_code, self.error_message = code, message


def new_task(call: Call, name: str, about: str, seconds: float) -> Task:
    """Begin a task about something that will take so long."""
    world = call.world
    return world.add(
        Task(
            id=call.new_id(Task),
            region_id=call.region_id,
            account_id=call.account_id,
            action=name,
            about=about,
            due_s=world.now_s + seconds,
        )
    )


def end_task(world: World, id_: str, code: str = "", message: str = "") -> None:
    """Finish a task by id, if there is one."""
    task = world.get(Task, id_)
    if task is not None and task.state == "Processing":
        task.end(world.now_s, code, message)


@action(
    "Ecs",
    "DescribeTasks",
    effect="read",
    required="RegionId",
    optional="TaskIds TaskAction TaskStatus ResourceIds.N StartTime EndTime TaskGroupId",
    paging=_PAGES,
    denied="empty",
    unknown_region=NO_REGION,
)
def describe_tasks(call: Call) -> Answer:
    """List tasks, the newest first."""
    ids = call.words("TaskIds")
    if len(ids) > _MOST_IDS:
        raise INVALID.error(name="TaskIds")
    call.choice("TaskStatus", _STATES)
    abouts = call.texts("ResourceIds")
    low, high = _moment(call, "StartTime", 0.0), _moment(call, "EndTime", float("inf"))
    seen = call.look(Task)
    found = seen.ids(ids) if ids else seen.all()
    kept = [
        task
        for task in reversed(found)
        if call.text("TaskAction") in ("", task.action)
        and call.text("TaskStatus") in ("", "All", task.state)
        and (not abouts or task.about in abouts)
        and low <= task.created_s <= high
    ]
    page = call.page(_PAGES, kept)
    shown = [
        {
            "TaskId": task.id,
            "TaskAction": task.action,
            "TaskStatus": task.state,
            "ResourceId": task.about,
            "SupportCancel": str(task.can_cancel).lower(),
            "CreationTime": to_second(task.created_s),
            "FinishedTime": "" if task.finished_s is None else to_second(task.finished_s),
        }
        for task in page.rows
    ]
    return {"RegionId": call.region_id, "TaskSet": {"Task": shown}, **page.fields}


@action(
    "Ecs",
    "DescribeTaskAttribute",
    effect="read",
    required="TaskId",
    resource="TaskId",
    unknown_region=NO_REGION,
)
def describe_task_attribute(call: Call) -> Answer:
    """Show one task, with its progress and why it failed."""
    task = call.look(Task).get(call.text("TaskId"))
    if task is None:
        raise NOT_FOUND.error()
    progress = {
        "OperationStatus": "Success" if task.state == "Finished" else task.state,
        "ErrorCode": task.error_code,
        "ErrorMsg": task.error_message,
        "RelatedItemSet": {"RelatedItem": [{"Name": "ResourceId", "Value": task.about}]},
    }
    return {
        "RegionId": task.region_id,
        "TaskId": task.id,
        "TaskAction": task.action,
        "TaskStatus": task.state,
        "TaskProcess": f"{task.progress(call.now_s)}%",
        "SupportCancel": str(task.can_cancel).lower(),
        "TotalCount": 1,
        "SuccessCount": int(task.state == "Finished"),
        "FailedCount": int(task.state == "Failed"),
        "CreationTime": to_second(task.created_s),
        "FinishedTime": "" if task.finished_s is None else to_second(task.finished_s),
        "OperationProgressSet": {"OperationProgress": [progress]},
    }


@action(
    "Ecs",
    "CancelTask",
    effect="write",
    required="TaskId",
    resource="TaskId",
    unknown_region=NO_REGION,
)
def cancel_task(call: Call) -> Answer:
    """Stop an import; its image is gone."""
    task = call.need(Task, call.text("TaskId"), NOT_FOUND)
    if not task.can_cancel:
        raise CANNOT_CANCEL.error()
    call.checked()
    task.state, task.finished_s = "Deleted", call.now_s
    made = call.world.find(task.about)
    if made is not None:
        made.vanish(call.world)
    return {}


def _moment(call: Call, name: str, default: float) -> float:
    given = call.text(name)
    if not given:
        return default
    try:
        return datetime.strptime(given, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError as error:
        raise INVALID.error(name=name) from error
