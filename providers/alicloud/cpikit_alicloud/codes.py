"""Every documented error code of the actions in use, and the kind of fault that it is.

Source: the error tables of each action's page (ECS 2014-05-26, VPC 2016-04-28, SLB 2014-05-15,
NLB 2022-04-30, ALB 2020-06-16, STS 2015-04-01, RAM's common errors), misspellings included. A code
decides, never the HTTP status: one code has different ones from action to action.
"""

from __future__ import annotations

from cpikit.faults import FaultKind

_WORDS = {
    # Calls are counted in windows of a minute.
    FaultKind.THROTTLED: """
        DownloadTrafficRateLimitExceeded FlowLimit QpsLimitExceeded Rejected.Throttling
        Throttling Throttling.Api Throttling.ConcurrentLimitExceeded Throttling.User
        UploadTrafficRateLimitExceeded
        """,
    # The resource, or one beside it, is in the middle of something; nothing was done.
    FaultKind.BUSY: """
        BackendServer.configuring Conflict.Lock DependencyViolation.RouteEntry
        DependencyViolation.SLBConfiguring DiskCreatingSnapshot DisksDetachingOnEcsExceeded
        IdempotentProcessing ImageIsCreating ImageIsExporting ImageIsImporting
        IncorrectDefaultVpcStatus IncorrectDiskStatus IncorrectDiskStatus.CreatingSnapshot
        IncorrectDiskStatus.Initializing IncorrectDiskStatus.Transferring IncorrectEipStatus
        IncorrectImageStatus IncorrectInstanceStatus IncorrectInstanceStatus.Initializing
        IncorrectStatus IncorrectStatus.LoadBalancer IncorrectStatus.ServerGroup
        IncorrectStatus.serverGroup IncorrectVSwitchStatus IncorrectVolumeStatus
        IncorrectVpcStatus InstanceNotReady InvalidHpcClusterId.Creating
        InvalidOperation.Conflict InvalidOperation.InvalidEcsState
        InvalidOperation.InvalidEniState InvalidSnapshot.NotReady InvalidSnapshotId.NotReady
        InvalidStatus.Upgrading LastOrderProcessing LastTokenProcessing Operation.Conflict
        OperationBusy OperationConflict OperationDenied.CreatingConflict
        OperationDenied.ImageCopying OperationFailed.Busy ResourceInConfiguring.ServerGroup
        ResourceIsConfiguring RspoolVipExist ServiceIsConfiguring ServiceIsStopping
        SystemBusy TaskConflict VServerGroupProcessing
        """,
    # Whether it was done is unknown.
    FaultKind.SERVER_ERROR: """
        InnerServiceFailed InternalError RequestTimeout ServiceUnavailable
        ServiceUnavailable.RegionMaintaining SignatureNonceUsed UnknownError
        """,
    # There is none of it left here: another type or zone may have some.
    FaultKind.NO_CAPACITY: """
        DeploymentSet.NoRoom InstanceType.Offline InvalidInstanceType.ZoneNotSupported
        InvalidResourceType.NotSupported InvalidSpotPriceLimit.LowerThanPublicPrice
        InvalidVSwitchId.IpNotEnough InvalidVpcZone.NotSupported LackResource
        NodeControllerUnavailable OperationDenied.NoStock OperationDenied.NoVlan
        OperationDenied.SpotPriceLowerThanPublicPrice OperationDenied.ZoneNotAllowed
        OperationDenied.ZoneSystemCategoryNotMatch QuotaExceeded.PrivateIpAddress
        ReserveIpFail ResourceNotAvailable Zone.NotOnSale Zone.NotOpen
        """,
    # The account may have no more of it, or does not pay for it.
    FaultKind.QUOTA: """
        Account.Arrearage AclLimitExceed BackendServerExceedQuota DiskAttachedNumberExceeded
        DiskInArrears EniPerInstanceLimitExceeded InstanceDiskCategoryLimitExceed
        InstanceDiskLimitExceed InstanceDiskLimitExceeded InstanceDiskNumLimitExceed
        InstanceDiskNumber.LimitExceed InstanceExpired InstanceExpiredOrInArrears
        InstanceSecurityGroupLimitExceeded InsufficientBalance
        InvalidAccountStatus.NotEnoughBalance
        InvalidAccountStatus.SnapshotServiceUnavailable InvalidInstance.UnPaidOrder
        InvalidOperation.Ipv4CountExceeded InvalidOperation.Ipv6CountExceeded
        InvalidParams.HostnameExceed InvalidParams.InstanceNameExceed InvalidPayMethod
        JoinedGroupLimitExceed MaxEniCountExceeded MaxEniIpv6IpsCountExceeded
        MaxEniPrivateIpsCountExceeded NumberExceed.ResourceIds NumberExceed.Tags
        OperationDenied.QuotaExceed PaymentMethodNotFound QuotaExceed.AfterpayInstance
        QuotaExceed.BuyImage QuotaExceed.DeploymentSetInstanceQuotaFull
        QuotaExceed.ElasticQuota QuotaExceed.Image QuotaExceed.PortableCloudDisk
        QuotaExceed.PostPaidDisk QuotaExceed.ShareImage QuotaExceed.ShareImageUser
        QuotaExceed.Snapshot QuotaExceed.Tags QuotaExceeded QuotaExceeded.Eip
        QuotaExceeded.VSwitch SecurityGroupInstanceLimitExceed
        SecurityGroupInstanceLimitExceeded TooManyBuckets
        """,
    # Never for this resource, whenever it is asked.
    FaultKind.UNSUPPORTED: """
        CategoryNotSupported CategoryViolation DiskCategory.OperationNotSupported
        DiskInCoolingPeriod DiskNotPortable DiskTypeViolation IncorrectDiskType.NotSupport
        InvalidAction InvalidAction.NotFound InvalidAction.NotSupport
        InvalidDataDiskCategory.NotSupported InvalidDiskCategory.Mismatch
        InvalidDiskCategory.NotSupported InvalidDiskId.OperationNotSupported
        InvalidDiskIds.NotPortable InvalidDiskSize.NotSupported
        InvalidInstanceStatus.NotRunning InvalidInstanceType.NotSupportDiskCategory
        InvalidInstanceType.NotSupportMultiAttachDisk InvalidInstanceType.NvmeRequired
        InvalidInstanceType.NvmeUnsupported
        InvalidOperation.CanNotAttachMultiAttachDiskAsSystemDisk
        InvalidOperation.InstanceTypeNotSupport InvalidOperation.MultiAttachDisk
        InvalidOperation.MultiAttachDiskNotSupportResizeOnline InvalidRegion.NotSupport
        InvalidVersion IoOptimized.NotSupported OperationDenied.DiskCategoryNotSupport
        OperationDenied.DiskTypeNotSupport OperationDenied.LocalDiskUnsupported
        OperationDenied.PerformanceLevelNotMatch OperationUnsupported.ResourceGroupId
        RegionNotSupportCopy UnsupportedOperation
        """,
    # Temporary credentials ran out: they are fetched anew, once.
    FaultKind.EXPIRED: "InvalidSecurityToken.Expired SecurityTokenExpired",
    # The identity may not, or is not known.
    FaultKind.DENIED: """
        Abs.InvalidAccount.NotFound AccessDenied AuthenticationFail.NoPermission
        AuthenticationFail.OIDCToken.Expired AuthenticationFail.OIDCToken.Invalid
        EntityNotExist.Role EntityNotExist.RoleAliUid Forbbiden Forbidden
        Forbidden.AccessKeyDisabled Forbidden.NotSupportRAM Forbidden.RAM Forbidden.RegionId
        Forbidden.RegionNotFound Forbidden.RiskControl Forbidden.SubUser IllegalTimestamp
        ImageNotSubscribed IncompleteSignature InstanceLockedForSecurity InvalidAccessKeyId
        InvalidAccessKeyId.Inactive InvalidAccessKeyId.NotFound InvalidAccessKeySecret
        InvalidAliUid.IsNull InvalidDiskCategory.ValueUnauthorized
        InvalidInstanceId.NotSupport InvalidInstanceType.ValueUnauthorized
        InvalidOperation.EniServiceManaged InvalidOperation.NotInWhiteList
        InvalidOperation.ResourceManagedByCloudProduct
        InvalidParameter.KMSKeyId.KMSUnauthorized InvalidSecurityToken.Malformed
        InvalidSecurityToken.MismatchWithAccessKey InvalidSpotAliUid InvalidSpotAuthorized
        InvalidSystemDiskCategory.ValueUnauthorized InvalidTimeStamp.Expired
        InvalidUser.PassRoleForbidden InvalidUser.Unauthorized InvalidUserType.NotSupported
        NoPermission NoPermission.System NoPermission.Tag NoSetRoletoECSServiceAccount
        NoSetRoletoECSServiceAcount NotBelongUser OperationDenied.ResourceControl
        PermissionDenied.Scope PermissionDenied.TagOwnerUid RealNameAuthenticationError
        RegionUnauthorized RequestTimeTooSkewed SecurityRisk.3DVerification
        SignatureDoesNotMatch Unauthorized.EmptyRegion UserNotInTheWhiteList
        """,
    # What was asked for is wrong in itself.
    FaultKind.INVALID: """
        BucketAlreadyExists BucketNotEmpty ChargeTypeViolation
        ChargeTypeViolation.PostPaidDedicatedHost CreateSnapshot.Failed Credit.NotFound
        DedicatedHostType.Unmatched DefaultVswitch.Existed DeleteWithInstance.Conflict
        DependencyViolation DependencyViolation.IoOptimize DependencyViolation.IoOptimized
        DependencyViolation.VSwitch DependencyViolation.WindowsInstance
        DeploymentSet.NotFound DestinationRegion.NotFound DiskError
        DiskId.StatusNotSupported DiskId.ValueNotSupported DiskStillAttached DryRunOperation
        Duplicate.TagKey EncryptedOption.Conflict EnterpriseGroupLimited.MutliGroupType
        EntityTooSmall IdempotenceParamNotMatch IdempotentFailed IdempotentParameterMismatch
        ImageNotSupportCloudInit ImageNotSupportInstanceType ImageRemovedInMarket
        ImageUseShared ImageUsingByInstance ImportImageFailed IncompleteParamter
        IncorrectDedicatedHostStatus IncorrectDestinationRegion IncorrectDiskStatus.Invalid
        IncorrectDiskStatus.NeverAttached IncorrectDiskStatus.NeverUsed IncorrectHaVipStatus
        IncorrectRecycleBinStatus InstanceLastSecurityGroup InstanceNotInSecurityGroup
        InstanceType.ParameterMismatch Invalid.DestinationResource
        Invalid.InstanceChargeType Invalid.IoOptimized Invalid.NetworkCategory
        Invalid.NetworkType Invalid.Param Invalid.PrivatePoolOptionsId Invalid.RegionId
        Invalid.ResourceType Invalid.Scope Invalid.SpotStrategy
        InvalidAcceptLanguage.NotFound InvalidAccount.Forbbiden InvalidAccount.NotFound
        InvalidArchitecture InvalidAssociation.Duplicated InvalidAssociation.NotFound
        InvalidBindingStatus InvalidBucketName InvalidClusterId.NotFound InvalidDataDiskSize
        InvalidDataDiskSnapshotId.NotFound InvalidDedicatedHostId.NotFound
        InvalidDedicatedHostStatus.NotSupport InvalidDeploymentOnHost
        InvalidDeploymentSetId.NotFound InvalidDevice.InUse InvalidDigest
        InvalidDisk.AlreadyDetached InvalidDisk.InUse InvalidDisk.SystemDiskSize
        InvalidDiskCategory.CreateImage InvalidDiskChargeType.NotFound InvalidDiskSize
        InvalidDiskSize.TooLarge InvalidDiskSize.TooSmall InvalidDiskSizeOrCategory
        InvalidFilterKey.NotFound InvalidFilterValue InvalidHpcClusterId.Necessary
        InvalidHpcClusterId.NotFound InvalidHpcClusterId.Unnecessary
        InvalidHttpEndpoint.NotSupported InvalidHttpPutResponseHopLimit.NotSupported
        InvalidHttpTokens.NotSupported InvalidIPAddress.AlreadyUsed
        InvalidImageId.BidMismatch InvalidImageName.Duplicated InvalidImageSize
        InvalidInnerIpAddress.Unusable InvalidInstance.ImageCategory
        InvalidInstance.NotFoundSystemDisk InvalidInstanceChargeType.NotFound
        InvalidInstanceChargeType.NotSupport InvalidInstanceId.AlreadyExists
        InvalidInstanceId.Mismatch InvalidInstanceStatus.CreditSpecRestricted
        InvalidInstanceType.ElasticNetworkInterfaceNotSupported
        InvalidInstanceType.NotSupported InvalidIp.Address InvalidIp.IpAssigned
        InvalidIp.IpRepeated InvalidKeyPairName.NotFound InvalidLaunchTemplate.NotFound
        InvalidLaunchTemplateVersion.NotFound InvalidLicenseType.BYOLOnly
        InvalidLicenseType.NotSupported InvalidLockReason.NotFound
        InvalidMarketImage.NotFound InvalidMarketImageChargeType.NotSupport
        InvalidNetworkType.Mismatch InvalidNetworkType.MismatchRamRole
        InvalidNetworkType.NotFound InvalidNetworkType.NotSupported
        InvalidOSSBucket.NotFound InvalidOSSBucket.NotMatched InvalidOSSObject.NotFound
        InvalidOSType InvalidOperation.AvailabilityZoneMismatch
        InvalidOperation.DeletionProtection InvalidOperation.DetachPrimaryEniNotAllowed
        InvalidOperation.EniLinked InvalidOperation.ExceedInstanceTypeQueueNumber
        InvalidOperation.InvalidEniType InvalidOperation.InvalidGeneration
        InvalidOperation.InvalidRegion InvalidOperation.Ipv6NotSupport
        InvalidOperation.MaxEniQueueNumberExceeded
        InvalidOperation.VpcHasEnabledAdvancedNetworkFeature InvalidOperation.VpcMismatch
        InvalidParam.Amount InvalidParam.Cores InvalidParam.EniIdAndInstanceId.Conflict
        InvalidParam.Memory InvalidParam.NetworkInterface InvalidParam.Tenancy
        InvalidParam.Type InvalidParam.TypeAndCpuMem.Conflict InvalidParameter
        InvalidParameter.AllEmpty InvalidParameter.Bandwidth InvalidParameter.Conflict
        InvalidParameter.CreditSpecification
        InvalidParameter.DiskCategoryAndMultiAttachConflict
        InvalidParameter.DiskCategoryAndMultiAttachNotMatch InvalidParameter.DiskIds
        InvalidParameter.Encrypted.KmsNotEnabled InvalidParameter.EncryptedIllegal
        InvalidParameter.EncryptedNotSupported InvalidParameter.InvalidEniQueueNumber
        InvalidParameter.KMSKeyId.CMKNotEnabled InvalidParameter.KMSKeyId.NotFound
        InvalidParameter.Mismatch InvalidParameter.MultiAttach
        InvalidParameter.MultiAttachAndEnableSharedNotMatch
        InvalidParameter.MultiAttachAndInstanceIdConflict InvalidParameter.NotMatch
        InvalidParameter.RecycleBin InvalidParameter.ResourceOwnerAccount
        InvalidParams.EniId InvalidParams.NotFound InvalidParamter InvalidParamter.Conflict
        InvalidPart InvalidPartOrder InvalidPasswordParam.Mismatch InvalidPeriod
        InvalidPeriod.ExceededDedicatedHost InvalidPeriod.ExceededDedidactedHost
        InvalidPrivateIpAddress InvalidPrivateIpAddress.Duplicated InvalidRamRole.NotEcsRole
        InvalidRamRole.NotFound InvalidRegion.NotFound InvalidRegionId.NotFound
        InvalidRelationResource.NotFound InvalidResourceGroup.NotFound
        InvalidResourceGroupId InvalidResourceId.NotSupported InvalidResourceType.NotFound
        InvalidSecurityGroup.NotInDefaultVpc InvalidSecurityGroupAssociation.NotFound
        InvalidSecurityGroupId InvalidSecurityGroupId.NotFound InvalidSecurityGroupId.NotVpc
        InvalidSnapshot.NotFound InvalidSnapshot.TooLarge InvalidSnapshot.TooOld
        InvalidSnapshotId.BasedSnapshotTooOld InvalidSnapshotId.NotDataDiskSnapshot
        InvalidSnapshotLinkId.NotFound InvalidSnapshotType.NotFound InvalidSourceDiskType
        InvalidSourceSnapshot InvalidSpotDuration InvalidSpotInterruptionBehavior
        InvalidSpotInterruptionBehavior.ClassicNetworkNotSupport
        InvalidSpotInterruptionBehavior.LocalDiskNotSupport InvalidSpotParam.EmptyZoneID
        InvalidSpotPrepaid InvalidSpotPriceLimit InvalidSpotStrategy InvalidStatus.NotFound
        InvalidSystemDiskSize InvalidSystemDiskSize.ImageNotSupportResize
        InvalidSystemDiskSize.LessThanImageSize InvalidSystemDiskSize.LessThanMinSize
        InvalidSystemDiskSize.MoreThanMaxSize InvalidSystemSnapshot.Missing
        InvalidTag.Mismatch InvalidTagCount InvalidTaskId.NotFound InvalidUsage
        InvalidUserData.Forbidden InvalidUserData.NotSupported InvalidUserData.SizeExceeded
        InvalidVSwitch.Ipv6NotTurnOn InvalidVSwitchId.IpInvalid InvalidVSwitchId.Necessary
        InvalidVpc.Empty InvalidZoneId.NotFound ListenerPort MissingContentLength
        MissingParameter MissingParamter NoAttributeToModify
        NoChangeInDiskCategoryAndPerformanceLevel OperationDeined.EncryptedSnapshot
        OperationDenied OperationDenied.CloudBoxResourceExist
        OperationDenied.CloudBoxVSwitchExist OperationDenied.IllegalPaymentPolicy
        OperationDenied.ImageNotValid OperationDenied.InconsistentNetwork
        OperationDenied.InvalidNetworkType OperationDenied.InvalidSnapshotCategory
        OperationDenied.NotPublished OperationDenied.SameRegionOnly
        OperationDenied.SnapshotNotAllowed OperationDenied.SnapshotNotValid
        OperationDenied.SnapshotParamsNotValid OperationDenied.ZoneNotSupportMultiAttachDisk
        RegionId.NotFound ResourceAlreadyAssociated.BackendServer
        ResourceAlreadyExist.BackendServer ResourcesNotInSameZone SharedImageDeleted
        SizeExceed.Image SnapshotCreatedDisk SnapshotCreatedImage SourceRegion.NotFound
        Unavailable.Regions UnsupportedParameter ZoneId.NotFound
        """,
}

NOT_FOUND = {
    # by what is missing, in the words of Operation.kind; "" means what the call itself is about
    "vm": "InvalidInstanceId.NotFound Instance.Notfound Forbidden.InstanceNotFound "
    "InvalidInstanId.NotFound InvalidEcsId.NotFound",
    "disk": "InvalidDiskId.NotFound InvalidDiskId.Released InvalidVolumeId.NotFound",
    "snapshot": "InvalidSnapshotId.NotFound",
    "stemcell": "InvalidImageId.NotFound",
    "network": "InvalidVSwitchId.NotFound InvalidVSwitchId.NotExist InvalidVswitchID.NotFound "
    "InvalidVSwitchID.NotFound",
    "": "InvalidResourceId.NotFound",
    "other": "InvalidEniId.NotFound InvalidAllocationId.NotFound VpcNotFound InvalidVpcId.NotFound "
    "InvalidLoadBalancerId.NotFound InvalidVServerGroupId.NotFound ResourceNotFound "
    "ResourceNotFound.BackendServer ResourceNotFound.ServerGroup NotFound "
    "NoSuchBucket NoSuchKey NoSuchUpload",  # the last three: OSS
}
"""Codes that say that a resource does not exist, by its kind."""

PATTERNS = (
    ("Throttling.", "", FaultKind.THROTTLED),
    ("FlowLimit", "", FaultKind.THROTTLED),
    ("IncorrectDiskStatus.", "", FaultKind.BUSY),
    ("ResourceIsConfiguring", "", FaultKind.BUSY),
    ("QuotaExceed", "", FaultKind.QUOTA),
    ("Forbidden.", "", FaultKind.DENIED),
    ("NoPermission.", "", FaultKind.DENIED),
    ("EntityNotExist.", "", FaultKind.DENIED),
    ("MissingParam", "", FaultKind.INVALID),
    ("", ".Malformed", FaultKind.INVALID),
    ("", ".MalFormed", FaultKind.INVALID),
    ("", ".ValueNotSupported", FaultKind.INVALID),
)
"""Families, by beginning and end, for members that no page lists; the first that fits."""

KINDS = {code: kind for kind, words in _WORDS.items() for code in words.split()}
KINDS_OF_MISSING = {code: kind for kind, words in NOT_FOUND.items() for code in words.split()}

OF_ACTION = {
    # These want a state that does not come by itself: the room that calls looks and decides.
    ("AttachDisk", "IncorrectDiskStatus"): FaultKind.INVALID,
    ("DetachDisk", "IncorrectDiskStatus"): FaultKind.INVALID,
    ("DeleteDisk", "IncorrectDiskStatus"): FaultKind.INVALID,
    ("ModifyInstanceAttribute", "IncorrectInstanceStatus"): FaultKind.INVALID,
    ("ModifyInstanceAttribute", "InvalidOperation.InvalidEcsState"): FaultKind.INVALID,
    ("StartInstance", "IncorrectInstanceStatus"): FaultKind.INVALID,
    ("StopInstance", "IncorrectInstanceStatus"): FaultKind.INVALID,
    # What the API does not do to a disk that exists: the Director copies it.
    ("ModifyDiskSpec", "OperationDenied"): FaultKind.UNSUPPORTED,
    ("ModifyDiskSpec", "InvalidDiskCategory.ValueNotSupported"): FaultKind.UNSUPPORTED,
    ("ModifyDiskSpec", "InvalidPerformanceLevel.Malformed"): FaultKind.UNSUPPORTED,
    ("ResizeDisk", "OperationDenied"): FaultKind.UNSUPPORTED,
    ("ResizeDisk", "InvalidDataDiskCategory.ValueNotSupported"): FaultKind.UNSUPPORTED,
    # Its image was deleted a moment ago; a disk or another image that needs it stays.
    ("DeleteSnapshot", "SnapshotCreatedImage"): FaultKind.BUSY,
    ("RebootInstance", "IncorrectInstanceStatus"): FaultKind.INVALID,
    # The file is being imported by another call, for a quarter of an hour: that one is looked for.
    ("ImportImage", "ImageIsImporting"): FaultKind.INVALID,
    ("AssociateEipAddress", "InvalidBindingStatus"): FaultKind.BUSY,
    ("UnassociateEipAddress", "InvalidBindingStatus"): FaultKind.INVALID,
    ("UnassociateEipAddress", "IncorrectEipStatus"): FaultKind.INVALID,
}
"""What a code is where one action means something else by it."""
