; The installer, compiled by recipe.py with Inno Setup 6:
;   iscc /DVersion=1.2.3 /DBundle=FOLDER /DIcons=FOLDER [/DSigned /Ssigner=COMMAND] nowprint.iss
; For one user, without an administrator. A newer version over an older one keeps the profile; so does
; the uninstaller, which says where it is.

[Setup]
AppId={{5C0B4F5E-0E0B-4C57-9B43-6C6E8A1D7F20}
AppName=Nowprint
AppVersion={#Version}
AppVerName=Nowprint {#Version}
AppPublisher=Nowprint contributors
DefaultDirName={autopf}\Nowprint
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
ChangesAssociations=yes
CloseApplications=yes
Compression=lzma2
SolidCompression=yes
WizardStyle=modern
SetupIconFile={#Icons}\nowprint.ico
UninstallDisplayIcon={app}\nowprint.exe
#ifdef Signed
SignTool=signer
SignedUninstaller=yes
#endif

[InstallDelete]
; what an older version had and this one has not
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "{#Bundle}\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs
Source: "{#Icons}\nowprint-memory.ico"; DestDir: "{app}"; Flags: ignoreversion

[Icons]
Name: "{autoprograms}\Nowprint"; Filename: "{app}\nowprint.exe"

[Registry]
Root: HKA; Subkey: "Software\Classes\.nowprint"; ValueType: string; ValueName: ""; ValueData: "Nowprint.Memory"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.nowprint\OpenWithProgids"; ValueType: string; ValueName: "Nowprint.Memory"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\Nowprint.Memory"; ValueType: string; ValueName: ""; ValueData: "Nowprint memory file"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Nowprint.Memory\DefaultIcon"; ValueType: string; ValueName: ""; ValueData: "{app}\nowprint-memory.ico"
Root: HKA; Subkey: "Software\Classes\Nowprint.Memory\shell\open\command"; ValueType: string; ValueName: ""; ValueData: """{app}\nowprint.exe"" ""%1"""
; a model's file belongs to whoever it belonged to before: Nowprint is offered, no more
Root: HKA; Subkey: "Software\Classes\.gguf\OpenWithProgids"; ValueType: string; ValueName: "Nowprint.Model"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\Nowprint.Model"; ValueType: string; ValueName: ""; ValueData: "Language model (GGUF)"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Nowprint.Model\shell\open\command"; ValueType: string; ValueName: ""; ValueData: """{app}\nowprint.exe"" ""%1"""

[Run]
Filename: "{app}\nowprint.exe"; Description: "Start Nowprint"; Flags: nowait postinstall skipifsilent

[Code]
procedure CurUninstallStepChanged(Step: TUninstallStep);
var
  Profile: String;
begin
  Profile := ExpandConstant('{localappdata}\Nowprint');
  if (Step = usPostUninstall) and not UninstallSilent and DirExists(Profile) then
    MsgBox('Nowprint is removed. Your conversations and memories were kept, in ' + Profile +
      '. Delete that folder if you do not want them any more.', mbInformation, MB_OK);
end;
