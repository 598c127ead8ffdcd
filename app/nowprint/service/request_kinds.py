"""Which of the core's threads (core.py) answers which requests, and what follows them."""

from __future__ import annotations

from nowprint.service import protocol as p
from nowprint.service.requests import arranging as a
from nowprint.service.requests import backups as bk
from nowprint.service.requests import branches as b
from nowprint.service.requests import chat_files as cf
from nowprint.service.requests import memory as m
from nowprint.service.requests import models as mr
from nowprint.service.requests import personas as pe
from nowprint.service.requests import retention as rt
from nowprint.service.requests import sleep as sl

GENERATING = (
    *(p.Send, p.Retry, p.Edit, p.Continue),
    *(p.LoadModel, p.BenchOverhead, p.Bench),
)
SETTING = (p.GetSettings, p.ChangeSettings)
ERASING = (
    *(p.ForgetEpisodes, p.NotWorthKeeping, p.DeleteConversation),
    *(m.Forget, rt.ForgetByRules, m.UndoImport, m.DeleteProject),
    *(a.DeleteConversations, b.DeleteBranch, pe.DeletePersona),
)
HUB = (mr.GetShelf, mr.SearchHub, mr.ListHubFiles, mr.GetModel, mr.RemoveModel)
"""They read folders, or wait for another machine."""
PLANNING = (
    *(m.PlanForgetting, rt.PlanRetention, p.ListDevices),
    *(mr.GetModelSettings, mr.ChangeModelSettings, mr.EstimateMemory),
)
"""Looking for graphics cards may take a second, and so may a model file's header."""
FILING = (m.ExportMemory, m.ReviewImport, m.ReviewText, m.ApplyImport, cf.ExportChats, *bk.FILING)
CHOOSING = (
    *(m.UseMemory, m.Think, m.MoveConversation, a.MoveConversations),
    *(pe.ChoosePersona, pe.PutPersona, pe.InstructProject, b.ShowBranch),
)
"""They change how a turn is answered that is sent after them."""
IDLE_AFTER = (
    *(m.ApplyImport, m.PauseReplay, mr.ChangeModelSettings, rt.UseRetention),
    *(*ERASING, m.ForgetNow, sl.SleepNow),
)
"""After these requests idle work begins: there may be something to read, to unload or to forget, or caches
to empty."""
